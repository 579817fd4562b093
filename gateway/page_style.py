"""The stylesheet of the pages for people; it refers to nothing outside itself, and to no brand but our own."""

from typing import Final

STYLE: Final = """
:root {
  color-scheme: light dark;
  --ground: #f4f4f7; --paper: #fff; --ink: #1b1c22; --soft: #5d606b; --line: #dfe0e6; --edge: #858995;
  --accent: #4338ca; --on-accent: #fff; --tint: #eeeffb; --warn: #8a4b00; --warn-tint: #fdf3e3;
}
@media (prefers-color-scheme: dark) {
  :root {
    --ground: #121318; --paper: #1b1d24; --ink: #e9eaef; --soft: #a3a7b4; --line: #30333d; --edge: #737886;
    --accent: #a5aaff; --on-accent: #15162b; --tint: #25283a; --warn: #f2bd6b; --warn-tint: #2e2617;
  }
}
* { box-sizing: border-box; }
html { -webkit-text-size-adjust: 100%; }
body {
  margin: 0; min-height: 100vh; padding: clamp(1rem, 6vh, 4.5rem) 1rem 2rem; background: var(--ground);
  color: var(--ink);
  font: 1rem/1.55 system-ui, -apple-system, "Segoe UI", Roboto, "Helvetica Neue", Arial, sans-serif;
}
.brand, main, footer { max-width: 37rem; margin: 0 auto; }
.brand { display: flex; align-items: center; gap: 0.5rem; color: var(--soft); font-weight: 600; }
.brand svg { width: 1.5rem; height: 1.5rem; color: var(--accent); }
main {
  margin-top: 1rem; padding: clamp(1.25rem, 5vw, 2.25rem); background: var(--paper);
  border: 1px solid var(--line); border-radius: 14px; overflow-wrap: anywhere;
}
main > :first-child { margin-top: 0; }
main > :last-child { margin-bottom: 0; }
h1 { margin: 0 0 1rem; font-size: 1.5rem; line-height: 1.25; letter-spacing: -0.01em; text-wrap: balance; }
h2 { margin: 1.75rem 0 0.5rem; font-size: 1.05rem; line-height: 1.35; }
p { margin: 0.75rem 0; }
bdi { font-weight: 600; }
a { color: var(--accent); text-underline-offset: 0.15em; }
ul { margin: 0.5rem 0; padding: 0; list-style: none; }
li { padding: 0.5rem 0; border-top: 1px solid var(--line); }
li:first-child { border-top: 0; }
li:has(b), dl div { display: grid; grid-template-columns: 9rem minmax(0, 1fr); gap: 0 1rem; }
li b { font-weight: 600; }
li span { color: var(--soft); }
dl { margin: 1.25rem 0; padding: 0.35rem 1rem; border: 1px solid var(--line); border-radius: 10px; }
dl div { padding: 0.35rem 0; }
dt { color: var(--soft); }
dd { margin: 0; }
dd bdi { display: inline-block; }
.notice {
  margin: 1rem 0; padding: 0.7rem 1rem; border-left: 4px solid var(--accent); border-radius: 6px;
  background: var(--tint);
}
.notice.warn { border-color: var(--warn); background: var(--warn-tint); }
pre { margin: 0.75rem 0; padding: 0.7rem 1rem; border-radius: 8px; background: var(--tint); }
code, input { font-family: ui-monospace, SFMono-Regular, Menlo, Consolas, "DejaVu Sans Mono", monospace; }
pre { white-space: pre-wrap; }
code { font-size: 0.9em; }
form { margin: 1.5rem 0 0; }
label { display: block; margin-bottom: 0.35rem; font-weight: 600; }
input[type=password] {
  width: 100%; min-height: 2.9rem; padding: 0.4rem 0.8rem; border: 1px solid var(--edge); border-radius: 9px;
  background: var(--paper); color: var(--ink); font-size: 1rem;
}
.hint { margin: 0.35rem 0 0; color: var(--soft); font-size: 0.9rem; }
.buttons { display: flex; flex-wrap: wrap; gap: 0.75rem; margin-top: 1.25rem; }
button, .button {
  flex: 1 1 11rem; min-height: 2.9rem; padding: 0.6rem 1.25rem; border: 1px solid var(--edge); border-radius: 9px;
  background: var(--paper); color: var(--ink); font: inherit; font-weight: 600; text-align: center;
  cursor: pointer;
}
button.main, .button { border-color: var(--accent); background: var(--accent); color: var(--on-accent); }
.button { display: block; text-decoration: none; }
button:hover, .button:hover { filter: brightness(1.08); }
:focus-visible { outline: 3px solid var(--accent); outline-offset: 2px; }
.small { color: var(--soft); font-size: 0.9rem; }
footer { margin-top: 1rem; color: var(--soft); font-size: 0.85rem; }
@media (max-width: 30rem) {
  body { padding-top: 1rem; }
  h1 { font-size: 1.35rem; }
  li:has(b), dl div { grid-template-columns: minmax(0, 1fr); }
}
"""
