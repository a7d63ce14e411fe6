const light = '--page:#fbfaf8;--card:#fff;--ink:#1d2329;--quiet:#59636e;--line:#dcdad5;--accent:#17618f;--soft:#d3e4ef;--base:#8b949d;--good:#1c6b3c;--good-soft:#def0e4;--bad:#9a3412;--bad-soft:#fbe7dc;--failed:#c8321c;--focus:#b45309;'
const dark = '--page:#14171a;--card:#1b1f23;--ink:#e6e4df;--quiet:#a2abb4;--line:#343a41;--accent:#6fb4e0;--soft:#233f52;--base:#7d8791;--good:#7fd3a0;--good-soft:#173524;--bad:#f2a67d;--bad-soft:#43271a;--failed:#ff6a4d;--focus:#f0b429;'

/** The whole page's style; colours are variables, once for each theme. */
export const pageStyle = `
:root{${light}color-scheme:light}
@media (prefers-color-scheme:dark){:root:not([data-theme=light]){${dark}color-scheme:dark}}
:root[data-theme=dark]{${dark}color-scheme:dark}
*{box-sizing:border-box}
body{margin:0 auto;max-width:1320px;padding:0 28px 48px;background:var(--page);color:var(--ink);font:15px/1.5 system-ui,-apple-system,"Segoe UI",Roboto,"DejaVu Sans",sans-serif}
h1{font-size:1.7rem;line-height:1.2;margin:0}
h2{font-size:1.2rem;margin:32px 0 12px;padding-top:16px;border-top:1px solid var(--line)}
h3{font-size:1rem;margin:24px 0 4px}
p{margin:4px 0}
.top{position:relative;padding:24px 0 0}
.product{color:var(--quiet);font-size:.85rem;margin:0 0 2px}
.answer{font-size:1.1rem;max-width:62em;margin:8px 0 0}
#theme{position:absolute;top:20px;right:0}
button,select{font:inherit;color:var(--ink);background:var(--card);border:1px solid var(--line);border-radius:6px;padding:4px 12px;cursor:pointer}
:focus-visible{outline:3px solid var(--focus);outline-offset:2px}
.top+main h2:first-child{margin-top:18px}
.bars{display:grid;grid-template-columns:repeat(auto-fit,minmax(180px,1fr));gap:20px 28px}
figure{margin:0;min-width:0}
figcaption{font-weight:600;margin-bottom:6px}
svg{display:block;overflow:visible}
svg text{fill:var(--ink);font-size:12px;paint-order:stroke;stroke:var(--page);stroke-width:3px;stroke-linejoin:round}
.bar{fill:var(--accent)}
.base .bar{fill:var(--base)}
.name{font-size:13px!important}
.value{font-weight:600;font-size:13px!important;font-variant-numeric:tabular-nums}
.against{fill:var(--quiet)!important}
.base-line{stroke:var(--ink);stroke-dasharray:3 3;opacity:.55}
.whisker{stroke:var(--ink);stroke-width:2;fill:none}
.caption,.measured,.note{color:var(--quiet);font-size:.87rem;max-width:80em}
.measured{margin-top:8px}
.scroll{overflow-x:auto;margin:8px 0}
table{border-collapse:collapse;font-size:.9rem;font-variant-numeric:tabular-nums}
th,td{text-align:left;padding:5px 16px 5px 0;border-bottom:1px solid var(--line);vertical-align:baseline}
thead th{color:var(--quiet);font-weight:600;white-space:nowrap}
tbody th{font-weight:500;white-space:nowrap}
th.figure,td.figure{text-align:right;white-space:nowrap}
.amount,.verdict,.interval{white-space:nowrap}
.differences tbody th{position:sticky;left:0;background:var(--page)}
.differences{border-collapse:separate;border-spacing:0}

.interval{color:var(--quiet);font-size:.85em}
.verdict{border-radius:4px;padding:1px 6px;font-size:.85em;background:var(--line)}
.verdict.good{background:var(--good-soft);color:var(--good)}
.verdict.bad{background:var(--bad-soft);color:var(--bad)}
.notes td:last-child{min-width:22em}
.notes td:nth-child(4),.notes td:nth-child(5){white-space:nowrap}
details{margin:8px 0}
summary{cursor:pointer;color:var(--accent)}
.picker{display:flex;flex-wrap:wrap;gap:8px 20px;align-items:center;position:sticky;top:0;background:var(--page);padding:8px 0;z-index:2}
.tabs{display:flex;flex-wrap:wrap;gap:4px}
.tabs button[aria-selected=true]{background:var(--accent);border-color:var(--accent);color:var(--page);font-weight:600}
.block{min-width:0}
.chart{position:relative;scroll-margin-top:64px;margin-top:8px;touch-action:pan-y}
.heat canvas{position:absolute;top:0}
.heat svg{position:absolute;inset:0}
.axis text,.tick,.lane-label{font-size:11px!important}
.axis text,.tick{fill:var(--quiet)!important;font-variant-numeric:tabular-nums}
.axis line,.grid{stroke:var(--line)}
.warmup rect{fill:var(--ink);opacity:.07}
.warmup text{fill:var(--quiet);font-size:11px}
.cell-cursor{fill:none;stroke:var(--focus);stroke-width:2}
.cursor-line{stroke:var(--ink);opacity:.5;pointer-events:none}
.area{fill:var(--soft)}
.area.capacity{fill:var(--line);opacity:.6}
.line{fill:none;stroke:var(--accent);stroke-width:1.4}
.line.capacity{stroke:var(--base)}
.line.demand{stroke:var(--failed)}
.line.delivered{stroke:var(--accent);stroke-width:1.8}
.band-title{font-size:12px}
.band-title .strong{font-weight:600}
tspan.swatch.capacity{fill:var(--base)}
tspan.swatch.demand{fill:var(--failed)}
tspan.swatch.delivered{fill:var(--accent)}
.mark{fill:var(--accent)}
.power .mark{fill:var(--base)}
.lane .failed{fill:var(--failed)}.warmup-end{stroke:var(--ink);stroke-dasharray:2 3}

.legend{display:flex;flex-wrap:wrap;gap:4px 18px;font-size:.82rem;color:var(--quiet);margin-top:4px}
.ramp{display:inline-block;width:120px;height:11px;border-radius:2px;vertical-align:-1px}
.legend .swatch{display:inline-block;width:16px;height:11px;border-radius:2px;vertical-align:-1px;box-shadow:inset 0 0 0 1px var(--line)}
.swatch.hatched{background-image:repeating-linear-gradient(135deg,transparent 0 3px,var(--page) 3px 4.5px)}
.two-columns{display:grid;grid-template-columns:repeat(auto-fit,minmax(300px,1fr));gap:0 40px}
dl{margin:8px 0;font-size:.9rem}
dl div{display:flex;justify-content:space-between;gap:16px;padding:3px 0;border-bottom:1px solid var(--line)}
dt{color:var(--quiet)}
dd{margin:0;text-align:right;font-variant-numeric:tabular-nums}
.tooltip{position:absolute;width:max-content;z-index:5;max-width:min(380px,92vw);background:var(--card);color:var(--ink);border:1px solid var(--line);border-radius:6px;box-shadow:0 4px 18px rgb(0 0 0/.22);padding:7px 11px;font-size:.82rem;line-height:1.4;pointer-events:none}
.tooltip>*{display:block;overflow-wrap:anywhere}
.tooltip[hidden]{display:none}
.spoken{position:absolute;width:1px;height:1px;overflow:hidden;clip-path:inset(50%)}
@media (max-width:560px){body{padding:0 14px 32px}h1{font-size:1.35rem;padding-right:110px}.answer{font-size:1rem}#theme{font-size:.8rem;padding:3px 8px}.picker{position:static}dl div{display:block}dd{text-align:left}.bars{grid-template-columns:repeat(auto-fit,minmax(150px,1fr));gap:16px 20px}.differences tbody th{white-space:normal;max-width:6.5em}}
@media print{body{max-width:none;padding:0}#theme,.picker,.tooltip{display:none}.block,figure{break-inside:avoid}}
`.replaceAll(/\n/g, '')
