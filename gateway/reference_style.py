"""The stylesheet of the reference page; it refers to nothing outside itself."""

STYLE = """
:root {
  color-scheme: light dark;
  --paper: #fff; --ink: #1c2024; --soft: #60646c; --line: #e3e4e8; --panel: #f7f8fa; --accent: #0b6e4f;
  --get: #0b6bcb; --post: #1a7f37; --put: #9a6700; --delete: #cf222e;
}
@media (prefers-color-scheme: dark) {
  :root {
    --paper: #111315; --ink: #e6e8eb; --soft: #9ba1a6; --line: #2b2f33; --panel: #191c1f; --accent: #4cc38a;
    --get: #6cb6ff; --post: #57c977; --put: #e3b341; --delete: #ff7b72;
  }
}
* { box-sizing: border-box; }
html { scroll-padding-top: 1rem; }
body {
  margin: 0; background: var(--paper); color: var(--ink);
  font: 15px/1.55 system-ui, -apple-system, "Segoe UI", Roboto, "Helvetica Neue", Arial, sans-serif;
}
a { color: var(--accent); text-decoration: none; }
a:hover { text-decoration: underline; }
code { font: 0.87em/1.5 ui-monospace, SFMono-Regular, Menlo, Consolas, "DejaVu Sans Mono", monospace; }
.page { display: grid; grid-template-columns: 20rem minmax(0, 1fr); }
nav {
  position: sticky; top: 0; align-self: start; height: 100vh; overflow-y: auto; padding: 1.5rem 1rem 3rem 1.5rem;
  border-right: 1px solid var(--line); background: var(--panel); font-size: 13px;
}
nav ul { list-style: none; margin: 0 0 0.9rem; padding: 0; }
nav li a { display: flex; gap: 0.5rem; padding: 0.1rem 0; color: var(--ink); }
nav .tag { font-weight: 600; color: var(--ink); }
nav .method { flex: 0 0 3.2rem; font-size: 10px; line-height: 1.9; }
main { padding: 1.5rem clamp(1rem, 4vw, 3.5rem) 6rem; max-width: 70rem; }
h1 { font-size: 1.9rem; margin: 0 0 0.5rem; }
h1 small { font-size: 1rem; font-weight: 400; color: var(--soft); }
h2 { font-size: 1.4rem; margin: 3.5rem 0 0.2rem; padding-top: 1rem; border-top: 2px solid var(--line); }
h3 { font-size: 1.02rem; margin: 0; overflow-wrap: anywhere; }
h3 a { color: inherit; }
h3 code { font-size: 0.95em; font-weight: 600; }
h4 {
  margin: 1.2rem 0 0.3rem; color: var(--soft);
  font-size: 0.75rem; letter-spacing: 0.05em; text-transform: uppercase;
}
p { margin: 0.4rem 0; max-width: 46rem; }
.soft { color: var(--soft); }
article { margin: 1.4rem 0; padding: 1rem 1.2rem 1.2rem; border: 1px solid var(--line); border-radius: 8px; }
article:target { border-color: var(--accent); box-shadow: 0 0 0 1px var(--accent); }
.method { font: 700 0.78rem/1 ui-monospace, Menlo, Consolas, "DejaVu Sans Mono", monospace; margin-right: 0.4rem; }
.get { color: var(--get); }
.post { color: var(--post); }
.put { color: var(--put); }
.delete { color: var(--delete); }
.scroll { overflow-x: auto; }
table { border-collapse: collapse; width: 100%; font-size: 0.87rem; }
th, td {
  padding: 0.35rem 0.9rem 0.35rem 0; border-bottom: 1px solid var(--line); text-align: left; vertical-align: top;
}
th { font-weight: 600; color: var(--soft); }
tr:last-child td { border-bottom: 0; }
td:first-child { white-space: nowrap; }
td code { overflow-wrap: anywhere; }
.needed { color: var(--delete); font-size: 0.75rem; margin-left: 0.3rem; }
.refused { color: var(--delete); }
.facts { display: flex; flex-wrap: wrap; gap: 0.2rem 1.6rem; margin: 0.8rem 0 0; font-size: 0.87rem; }
.facts dt { color: var(--soft); }
.facts dd { margin: 0; overflow-wrap: anywhere; }
@media (max-width: 60rem) {
  .page { display: block; }
  nav { position: static; height: auto; max-height: 45vh; border-right: 0; border-bottom: 1px solid var(--line); }
}
"""
