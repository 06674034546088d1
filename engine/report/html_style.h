#pragma once

namespace assay::report {

/// The page's whole style: light, dark and print from one set of variables.
inline constexpr const char* kStyle = R"css(
:root{color-scheme:light dark;--paper:#fbfaf8;--card:#fff;--ink:#1d1f23;--soft:#61666f;--line:#e3e1dc;--head:#f3f1ec;
--prompting:#2563a8;--fine-tuning:#b4531a;--hybrid:#7a3d9a;--good:#1b7a43;--bad:#b3261e;--mark:#fdf3d8}
@media (prefers-color-scheme:dark){:root{--paper:#15171a;--card:#1c1f23;--ink:#e7e5e0;--soft:#9aa0aa;--line:#32363c;--head:#23272c;
--prompting:#7fb2ea;--fine-tuning:#f0a06a;--hybrid:#cf9ceb;--good:#6fcf97;--bad:#f2877f;--mark:#3a3320}}
*{box-sizing:border-box}
body{margin:0;background:var(--paper);color:var(--ink);font:16px/1.55 system-ui,-apple-system,"Segoe UI",Roboto,"Noto Sans",sans-serif}
header,main,footer{max-width:76rem;margin:0 auto;padding:0 1.25rem}
header{padding-top:2.25rem}
.kicker{margin:0;color:var(--soft);font-size:.8rem;letter-spacing:.09em;text-transform:uppercase}
h1{font-size:2.1rem;line-height:1.15;margin:.1rem 0 .3rem;letter-spacing:-.015em}
h2{font-size:1.35rem;margin:2.75rem 0 .4rem;letter-spacing:-.01em}
h3{font-size:1.02rem;margin:1.5rem 0 .4rem}
p{margin:.4rem 0 .8rem;max-width:62rem}
.meta,.note,.sub,.hint{color:var(--soft);font-size:.88rem}
code{font-family:ui-monospace,SFMono-Regular,Menlo,Consolas,"DejaVu Sans Mono",monospace;font-size:.88em;overflow-wrap:anywhere}
p code,li code{background:var(--head);border-radius:.25rem;padding:.08em .3em}
.cards{display:grid;grid-template-columns:repeat(auto-fit,minmax(19rem,1fr));gap:1rem;margin:1rem 0}
.card{background:var(--card);border:1px solid var(--line);border-top:3px solid var(--soft);border-radius:.5rem;padding:.9rem 1.1rem}
.card h3{margin:0 0 .3rem}.card p{margin:.3rem 0}
.card.prompting{border-top-color:var(--prompting)}.card.fine-tuning{border-top-color:var(--fine-tuning)}.card.hybrid{border-top-color:var(--hybrid)}
.alert{border-left:4px solid var(--bad);background:var(--card);padding:.6rem 1rem;border-radius:.25rem}
.scroll{overflow-x:auto;border:1px solid var(--line);border-radius:.5rem;background:var(--card)}
table{border-collapse:collapse;width:100%;font-size:.9rem;font-variant-numeric:tabular-nums}
caption{caption-side:top;text-align:left;padding:.6rem .8rem;color:var(--soft);font-size:.88rem}
th,td{padding:.42rem .7rem;text-align:right;white-space:nowrap;border-top:1px solid var(--line);vertical-align:middle}
thead th{background:var(--head);font-weight:600;color:var(--soft);font-size:.8rem;vertical-align:bottom}
th.l,td.l,tbody th{text-align:left}
tbody th{font-weight:500;white-space:normal;min-width:13rem}
tr.chosen{background:var(--mark)}
tr.tier td,tr.tier th{border-top:2px solid var(--soft)}
tr.failed{color:var(--soft)}
.tag{display:inline-block;font-size:.72rem;border-radius:1rem;padding:0 .5rem;border:1px solid currentColor;margin-left:.35rem;white-space:nowrap}
.tag.prompting,.bar.prompting{color:var(--prompting)}.tag.fine-tuning,.bar.fine-tuning{color:var(--fine-tuning)}.tag.hybrid,.bar.hybrid{color:var(--hybrid)}
.up{color:var(--good);font-weight:600}.down{color:var(--bad);font-weight:600}.ci{color:var(--soft);font-size:.86em}
.bar{display:block;width:11rem;height:1.25rem}
.bar line{stroke:currentColor;stroke-width:2}.bar circle{fill:currentColor}.bar .base{stroke:var(--soft);stroke-width:1;stroke-dasharray:2 2}
.scale{display:flex;justify-content:space-between;width:11rem;font-weight:400}
details{margin:.5rem 0}summary{cursor:pointer;color:var(--soft)}summary:hover{color:var(--ink)}
pre{background:var(--head);border-radius:.4rem;padding:.7rem .9rem;overflow-x:auto;font-size:.8rem;line-height:1.45;white-space:pre-wrap;overflow-wrap:anywhere;margin:.4rem 0}
dl{display:grid;grid-template-columns:max-content 1fr;gap:.15rem 1rem;font-size:.9rem}dt{color:var(--soft)}dd{margin:0}
footer{color:var(--soft);font-size:.82rem;padding-top:2rem;padding-bottom:3rem}
@media print{body{background:#fff;font-size:11px}.scroll{overflow:visible}.card,.scroll,tr{break-inside:avoid}h2{break-after:avoid}summary{display:none}}
)css";

}  // namespace assay::report
