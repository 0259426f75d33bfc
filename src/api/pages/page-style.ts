import { createHash } from 'node:crypto';

/** The style of the public pages: made for reading, in light and dark, on paper and on a telephone. No script. */
export const PAGE_STYLE = `
:root {
  color-scheme: light dark;
  --paper: #fdfcfa; --ink: #22252a; --soft: #5d636d; --line: #e2ddd4; --accent: #1d5c7a; --tint: #f4f0e8; --mark: #b4532a;
  --serif: Charter, "Bitstream Charter", "Sitka Text", Cambria, Georgia, "Noto Serif", serif;
  --sans: system-ui, -apple-system, "Segoe UI", Roboto, "Noto Sans", "Helvetica Neue", Arial, sans-serif;
}
@media (prefers-color-scheme: dark) {
  :root {
    --paper: #16181c; --ink: #dcdbd6; --soft: #9a9fa8; --line: #33373e; --accent: #8cc4e0; --tint: #1f2329; --mark: #e39a72;
  }
}
* { box-sizing: border-box; }
html { font-size: 112.5%; scroll-behavior: smooth; -webkit-text-size-adjust: 100%; text-size-adjust: 100%; }
body { margin: 0; background: var(--paper); color: var(--ink); font: 1rem/1.62 var(--serif); }
a { color: var(--accent); text-decoration-thickness: 1px; text-underline-offset: 0.18em; }
a:hover { text-decoration-thickness: 2px; }
:focus-visible { outline: 2px solid var(--accent); outline-offset: 3px; border-radius: 2px; }
.skip { position: absolute; left: -100vw; }
.skip:focus { left: 1rem; top: 1rem; background: var(--paper); padding: 0.4rem 0.8rem; z-index: 1; }
.frame { max-width: 58rem; margin: 0 auto; padding: 0 1.25rem; }
.letterhead { font-family: var(--sans); border-bottom: 1px solid var(--line); padding: 1.6rem 0 1.1rem; display: flex;
  flex-wrap: wrap; gap: 0.35rem 2rem; align-items: baseline; justify-content: space-between; }
.letterhead p { margin: 0; }
.owner { font-weight: 650; letter-spacing: 0.01em; }
.owner span { font-weight: 400; color: var(--soft); padding-left: 0.5em; }
.facts { color: var(--soft); font-size: 0.83rem; display: flex; flex-wrap: wrap; gap: 0.1rem 1.1rem; }
.facts b { font-weight: 600; color: var(--ink); }
.columns { display: grid; grid-template-columns: minmax(0, 1fr); }
main { max-width: 36rem; padding: 2.4rem 0 3rem; overflow-wrap: break-word; }
main h1 { font-size: clamp(1.3rem, 6.3vw, 2.15rem); hyphens: auto; line-height: 1.14; letter-spacing: -0.012em; margin: 0 0 1.6rem; text-wrap: balance; }
.text h2, .text h3, .text h4, .text h5, .text h6 { line-height: 1.25; text-wrap: balance; scroll-margin-top: 1.2rem; }
.text h2 { font-size: 1.42rem; margin: 2.6rem 0 0.8rem; letter-spacing: -0.006em; }
.text h3 { font-size: 1.14rem; margin: 2rem 0 0.55rem; }
.text h4, .text h5, .text h6 { font-size: 1rem; margin: 1.6rem 0 0.4rem; }
.text > :first-child { margin-top: 0; }
.text p, .text ul, .text ol, .text blockquote, .text table, .text pre { margin: 0 0 1.05rem; }
.text p { hyphens: auto; }
.text ul, .text ol { padding-left: 1.4rem; }
.text li { margin: 0.25rem 0; }
.text li > p { margin: 0 0 0.4rem; }
.text :target { background: linear-gradient(transparent 62%, var(--line) 62%); }
.text blockquote { margin-left: 0; padding-left: 1.1rem; border-left: 3px solid var(--line); color: var(--soft); }
.text table { border-collapse: collapse; font: 0.86rem/1.45 var(--sans); display: block; overflow-x: auto; }
.text th, .text td { text-align: left; vertical-align: top; padding: 0.45rem 1rem 0.45rem 0; border-bottom: 1px solid var(--line); }
.text pre, .text code { font-size: 0.86em; }
.text pre { overflow-x: auto; background: var(--tint); padding: 0.8rem 1rem; border-radius: 4px; }
.text hr { border: 0; border-top: 1px solid var(--line); margin: 2rem 0; }
.text img { max-width: 100%; }
.notice { font: 0.9rem/1.5 var(--sans); background: var(--tint); border-left: 3px solid var(--mark); border-radius: 0 4px 4px 0;
  padding: 0.75rem 1rem; margin: 0 0 1.8rem; }
.notice p { margin: 0; }
.notice p + p { margin-top: 0.3rem; }
.contents { font: 0.83rem/1.4 var(--sans); }
.contents ol { list-style: none; margin: 0; padding: 0; }
.contents li { margin: 0; }
.contents a { display: block; padding: 0.24rem 0; color: var(--soft); text-decoration: none; }
.contents a:hover { color: var(--accent); text-decoration: underline; }
.contents .deeper a { padding-left: 0.9rem; }
.contents h2, .contents summary { font-size: 0.74rem; font-weight: 650; letter-spacing: 0.07em; text-transform: uppercase;
  color: var(--soft); margin: 0 0 0.5rem; }
.contents summary { cursor: pointer; margin: 0; padding: 0.65rem 0; }
.contents.wide { display: none; }
.contents.narrow { border-bottom: 1px solid var(--line); }
.contents.narrow ol { padding-bottom: 0.8rem; }
.contents.narrow a { padding: 0.4rem 0; }
.about { font: 0.86rem/1.55 var(--sans); border-top: 1px solid var(--line); padding: 1.8rem 0 3.5rem; color: var(--soft);
  display: grid; gap: 1.8rem 3rem; grid-template-columns: repeat(auto-fit, minmax(min(100%, 17rem), 1fr)); }
.about h2 { font-size: 0.74rem; letter-spacing: 0.07em; text-transform: uppercase; margin: 0 0 0.5rem; font-weight: 650; }
.about p, .about ul { margin: 0 0 0.6rem; }
.about ul { padding: 0; list-style: none; }
.about li { padding: 0.16rem 0; display: flex; gap: 0.2rem 0.9rem; flex-wrap: wrap; }
.about li .when { min-width: 9.6em; color: var(--ink); }
.about [aria-current] { font-weight: 650; color: var(--ink); }
.about .many { max-height: 19rem; overflow-y: auto; }
.about form { margin-bottom: 0.9rem; }
.about code { font-size: 0.78em; overflow-wrap: anywhere; }
.about input, .about button { font: inherit; color: inherit; background: var(--paper); border: 1px solid var(--line);
  border-radius: 4px; padding: 0.3rem 0.55rem; }
.about button { color: var(--accent); cursor: pointer; }
.about label { display: block; margin-bottom: 0.4rem; }
.place { color: var(--mark); }
@media (min-width: 62rem) {
  .columns.with-contents { grid-template-columns: 14.5rem minmax(0, 1fr); gap: 0 4rem; }
  .contents.wide { display: block; position: sticky; top: 0; align-self: start; max-height: 100vh; overflow-y: auto;
    padding: 2.9rem 0 2rem; }
  .contents.narrow { display: none; }
}
@media (max-width: 32rem) {
  html { font-size: 106.25%; }
  main { padding-top: 1.7rem; }
  .letterhead { padding: 1.1rem 0 0.9rem; }
}
@media (prefers-reduced-motion: reduce) { html { scroll-behavior: auto; } }
@media print {
  :root { --paper: #fff; --ink: #000; --soft: #333; --line: #bbb; --accent: #000; --tint: #fff; }
  html { font-size: 10.5pt; }
  .skip, .contents, .about form { display: none; }
  .about .many { max-height: none; }
  .frame { padding: 0; }
  main { max-width: none; }
  h2, h3, h4 { break-after: avoid; }
}
`;

/** The one style that the pages' Content-Security-Policy lets a browser apply. */
export const PAGE_STYLE_HASH = `sha256-${createHash('sha256').update(PAGE_STYLE).digest('base64')}`;
