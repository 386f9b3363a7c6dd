/** The report's look. Colours are variables: one set for light, one for dark, and paper is always light. */
export const styleSheet = `
:root{--bg:#fbfbfa;--card:#fff;--ink:#1c1e21;--muted:#656b73;--rule:#e3e5e8;--c1:#2463c9;--c2:#c8641b;--c3:#2c8a4b;--c4:#8a929c;--warn:#fff6e5;--warn-rule:#e9b949;--bad:#b3352b;--good:#23793f}
@media (prefers-color-scheme:dark){:root{--bg:#14161a;--card:#1b1e23;--ink:#e7e9ec;--muted:#9aa2ac;--rule:#31363d;--c1:#6ea4ff;--c2:#f0995a;--c3:#6cc98a;--c4:#79818c;--warn:#2a2416;--warn-rule:#8a6d1f;--bad:#ff8a7e;--good:#74d193}}
@media print{:root{--bg:#fff;--card:#fff;--ink:#000;--muted:#555;--rule:#ccc;--c1:#2463c9;--c2:#c8641b;--c3:#2c8a4b;--c4:#8a929c;--warn:#fff;--warn-rule:#999;--bad:#b3352b;--good:#23793f}}
*{box-sizing:border-box}
html{-webkit-text-size-adjust:100%;scroll-behavior:smooth}
body{margin:0;background:var(--bg);color:var(--ink);font:16px/1.5 system-ui,-apple-system,"Segoe UI",Roboto,"Helvetica Neue",Arial,sans-serif}
header,main{max-width:1080px;margin:0 auto;padding:0 20px}
header{padding-top:36px}
h1{font-size:clamp(1.5rem,4vw,2.1rem);line-height:1.2;margin:.1em 0 .6em;letter-spacing:-.01em}
h2{font-size:1.25rem;margin:0 0 .7em;letter-spacing:-.005em}
h3{font-size:.95rem;margin:0 0 .4em}
p{margin:.4em 0 .9em;max-width:74ch}
a{color:var(--c1)}
small,.muted{color:var(--muted)}
small{font-size:.82rem}
code{font:.9em ui-monospace,SFMono-Regular,Menlo,Consolas,monospace}
pre{background:var(--bg);border:1px solid var(--rule);border-radius:6px;padding:12px 14px;overflow-x:auto;margin:.2em 0 1.2em}
.kicker{color:var(--muted);font-size:.9rem;margin:0}
section{background:var(--card);border:1px solid var(--rule);border-radius:10px;padding:22px 24px;margin:22px 0;scroll-margin-top:12px}
.headline{display:flex;flex-wrap:wrap;gap:18px 52px;align-items:flex-end;margin-bottom:22px}
.number b{font-size:1.9rem;font-weight:600;line-height:1;letter-spacing:-.02em;color:var(--muted)}
.number span{font-size:1.05rem;color:var(--muted)}
.number p{margin:.35em 0 0;color:var(--muted);font-size:.9rem}
.number.main b{font-size:clamp(3.4rem,10vw,5rem);color:var(--c1)}
.number.main span{font-size:1.7rem}
aside{background:var(--warn);border-left:4px solid var(--warn-rule);border-radius:4px 8px 8px 4px;padding:12px 18px;margin:0 0 20px}
aside h2{font-size:1rem;margin:0 0 .3em}
aside ul{margin:0;padding-left:1.15em}
aside li{margin:.2em 0;max-width:90ch}
nav{display:flex;flex-wrap:wrap;gap:4px 18px;font-size:.92rem}
nav a{text-decoration:none}
nav a:hover{text-decoration:underline}
.facts{display:flex;flex-wrap:wrap;gap:10px 36px;margin:0 0 14px}
.facts dt{font-size:.82rem;color:var(--muted)}
.facts dd{margin:0;font-size:1.12rem;font-variant-numeric:tabular-nums}
.scroll{overflow-x:auto}
.chart{display:block;width:100%;height:auto;font:12px system-ui,-apple-system,"Segoe UI",Roboto,Arial,sans-serif;overflow:visible}
.wide .chart{min-width:560px}
.chart .grid{stroke:var(--rule);fill:none}
.chart .axis{stroke:var(--muted);fill:none;stroke-width:.8}
.chart .tick{fill:var(--muted);font-size:11px}
.chart .label{fill:var(--ink);font-size:12px}
.chart .note{fill:var(--muted);font-size:11px}
.chart .guide{stroke:var(--muted);stroke-dasharray:4 4;fill:none}
.chart .line{fill:none;stroke-width:1.8;stroke-linejoin:round;stroke-linecap:round}
.chart .line.thin{stroke-width:1.2}
.chart .dashed{stroke-dasharray:5 4}
.chart .band{opacity:.22}
.chart .strip{fill:var(--ink);opacity:0}
.chart .strip:hover{opacity:.07}
.chart .cursor{stroke:var(--c2);stroke-width:1.5}
.line.c1{stroke:var(--c1)}.line.c2{stroke:var(--c2)}.line.c3{stroke:var(--c3)}.line.c4{stroke:var(--c4)}
.band.c1,.dot.c1,.bar.c1{fill:var(--c1)}.band.c2,.dot.c2,.bar.c2{fill:var(--c2)}.band.c3,.dot.c3,.bar.c3{fill:var(--c3)}.band.c4,.dot.c4,.bar.c4{fill:var(--c4)}
.bar:hover{opacity:.75}
.legend{display:flex;flex-wrap:wrap;gap:2px 20px;font-size:.86rem;color:var(--muted);margin:.6em 0 .2em;max-width:none}
.key{display:inline-block;width:18px;height:10px;margin-right:6px;vertical-align:baseline}
.key.stroke{height:0;border-top:3px solid;vertical-align:middle}
.key.c1{color:var(--c1)}.key.c2{color:var(--c2)}.key.c3{color:var(--c3)}.key.c4{color:var(--c4)}
.key.area{background:currentColor;opacity:.6;border-radius:2px}
.charts{display:grid;grid-template-columns:repeat(auto-fit,minmax(min(100%,400px),1fr));gap:18px 30px}
figure{margin:0 0 18px;min-width:0}
figcaption{font-size:.9rem;color:var(--muted);margin-bottom:.4em}
figcaption b{color:var(--ink)}
.pixels{image-rendering:pixelated}
.pairs{display:grid;grid-template-columns:repeat(auto-fill,minmax(72px,1fr));gap:10px}
.pairs img{width:100%;height:auto;display:block;border-radius:3px}
.strip-rows{display:grid;grid-template-columns:max-content minmax(520px,1fr);gap:5px 14px;align-items:center;font-size:.9rem}
.strip-rows img{width:100%;height:auto;display:block;border-radius:3px}
.films.one .film{display:grid;grid-template-columns:minmax(0,5fr) minmax(0,6fr);gap:22px 30px;align-items:start}
.films.several{display:grid;grid-template-columns:repeat(auto-fit,minmax(min(100%,300px),1fr));gap:22px 34px;align-items:start}
.films.several .screen{height:0;min-height:min(52vw,360px);margin-bottom:12px;display:flex;flex-direction:column}
.films.several canvas{flex:1;min-height:0;object-fit:contain}
.screen canvas{width:100%;height:auto;display:block;border-radius:6px;background:#000}
.action{display:grid;grid-template-columns:5.5em 1fr 3.6em;gap:10px;align-items:center;font-size:.9rem;margin:3px 0}
.action i{position:relative;height:9px;background:var(--rule);border-radius:5px;overflow:hidden}
.action i::after{content:"";position:absolute;left:50%;top:0;bottom:0;width:1px;background:var(--muted)}
.action i b{position:absolute;top:0;bottom:0;background:var(--c2)}
.action output{text-align:right;font-variant-numeric:tabular-nums}
.controls{display:flex;gap:8px;align-items:center;margin-top:12px}
.controls input{flex:1;min-width:60px;accent-color:var(--c1)}
button,select{font:inherit;font-size:.92rem;color:var(--ink);background:var(--bg);border:1px solid var(--rule);border-radius:6px;padding:5px 11px;cursor:pointer}
button:hover,select:hover{border-color:var(--muted)}
[data-film=play]{min-width:5em;background:var(--c1);border-color:var(--c1);color:var(--card)}
.sheet{display:none;width:100%;height:auto}
.bars{display:grid;grid-template-columns:max-content 1fr max-content;gap:7px 14px;align-items:center;font-variant-numeric:tabular-nums}
.bars i{height:14px}
.bars i b{display:block;height:100%;min-width:2px;background:var(--c1);border-radius:3px}
.columns{display:grid;grid-template-columns:repeat(auto-fit,minmax(min(100%,320px),1fr));gap:18px 40px}
details summary{cursor:pointer;color:var(--c1);margin:.6em 0}
table{border-collapse:collapse;font-size:.88rem;font-variant-numeric:tabular-nums;width:100%}
th,td{padding:4px 14px 4px 0;text-align:right;border-bottom:1px solid var(--rule);vertical-align:top}
th{font-weight:600}
.text{text-align:left}
tbody th{font-weight:400;color:var(--muted)}
td.below{color:var(--bad)}
td.reached{color:var(--good)}
tr.given td{font-weight:600}
@media (max-width:640px){header,main{padding-left:12px;padding-right:12px}section{padding:16px 14px}.films.one .film{grid-template-columns:minmax(0,1fr)}.headline{gap:14px 32px}.bars{grid-template-columns:max-content 1fr}.bars i{grid-column:1/-1;grid-row:auto;order:0}.bars i:empty{display:none}}
@media print{body{font-size:11pt}.charts{grid-template-columns:1fr 1fr}table{font-size:8.5pt}section{break-inside:avoid;border:0;padding:0;margin:18pt 0}nav,.controls,.strip{display:none}.films.one .film{grid-template-columns:6cm 1fr}.scroll{overflow:visible}.wide .chart{min-width:0}}
`;
