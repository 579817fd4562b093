// A client of the TypeScript SDK, old or new. After `READY`, each `CALL <tool> <JSON>` is answered with `ANSWER <JSON>`.
// Where it leads its user is printed after `OPEN`; where the user came back to is read after `BACK`.
import { createInterface } from "node:readline";
import { pathToFileURL } from "node:url";

const [modules, version, wire, address, redirect, document] = process.argv.slice(2);
const load = (file) => import(pathToFileURL(`${modules}/@modelcontextprotocol/${file}`));
const { Client } = await load(version === "1" ? "sdk/dist/esm/client/index.js" : "client/dist/index.mjs");
const { StreamableHTTPClientTransport: Http } = await load(
  version === "1" ? "sdk/dist/esm/client/streamableHttp.js" : "client/dist/index.mjs",
);
const { SSEClientTransport: Sse } = await load(
  version === "1" ? "sdk/dist/esm/client/sse.js" : "client/dist/index.mjs",
);

const lines = createInterface({ input: process.stdin })[Symbol.asyncIterator]();
const said = async () => (await lines.next()).value ?? process.exit(0);
const kept = {};
const provider = {
  redirectUrl: redirect,
  clientMetadata: { client_name: "Wren", redirect_uris: [redirect], token_endpoint_auth_method: "none" },
  clientMetadataUrl: document,
  state: () => "state-of-the-client",
  clientInformation: () => kept.client,
  saveClientInformation: (client) => { kept.client = client; },
  tokens: () => kept.tokens,
  saveTokens: (tokens) => { kept.tokens = tokens; },
  codeVerifier: () => kept.verifier,
  saveCodeVerifier: (verifier) => { kept.verifier = verifier; },
  discoveryState: () => kept.discovery,
  saveDiscoveryState: (discovery) => { kept.discovery = discovery; },
  invalidateCredentials: (scope) => {
    if (scope === "all" || scope === "tokens") delete kept.tokens;
    if (scope === "all" || scope === "client") delete kept.client;
  },
  redirectToAuthorization: (url) => { console.log(`OPEN ${url}`); },
};

let transport;
async function connected() {
  transport = new (wire === "sse" ? Sse : Http)(new URL(address), { authProvider: provider });
  const client = new Client({ name: "wren", version: "1" });
  await client.connect(transport);
  return client;
}

async function withUser(action) {
  try {
    return await action();
  } catch (error) {
    if (!/Unauthorized/.test(`${error.constructor.name} ${error.message}`)) throw error;
    const back = new URL((await said()).replace("BACK ", "")).searchParams;
    await (version === "1" ? transport.finishAuth(back.get("code")) : transport.finishAuth(back));
    return await action();
  }
}

const client = await withUser(connected);
console.log("READY .");
for (;;) {
  const [, name, given] = /^CALL (\S+) (.*)$/.exec(await said());
  const result = await withUser(() => client.callTool({ name, arguments: JSON.parse(given) }));
  console.log(`ANSWER ${JSON.stringify(result)}`);
}
