"""The colours and the layout of cards and circuits, as CSS.

A page that sets the colours itself needs LAYOUT only; a notebook's output brings STYLE, which
follows the notebook's
theme: JupyterLab's, VS Code's or Colab's.
"""

# Every pair of text and background below has a contrast of at least 4.5 (WCAG AA); green and
# vermilion differ in lightness and hue, so that they stay apart for colour-blind readers.
LIGHT = (
    "--agk-paper:#ffffff;--agk-panel:#f4f5f7;--agk-ink:#1c2024;--agk-quiet:#59616b;--agk-rule:#d5d9de;"
    "--agk-good:#00664f;--agk-bad:#a33200;--agk-note:#4f4a8c;--agk-blue:#0b4f8f;--agk-warm:#9c5a00;color-scheme:light"
)
DARK = (
    "--agk-paper:#17191c;--agk-panel:#24272c;--agk-ink:#eceef0;--agk-quiet:#aab1ba;--agk-rule:#40464d;"
    "--agk-good:#63d2b4;--agk-bad:#ffa070;--agk-note:#bdb6f5;--agk-blue:#8fc4fb;--agk-warm:#f0b44c;color-scheme:dark"
)
CARD_LAYOUT = """
.agk.agk{background:var(--jp-layout-color0,var(--agk-paper));color:var(--agk-ink);border:1px solid var(--agk-rule);
border-left:4px solid var(--agk-quiet);border-radius:4px;padding:.8em 1.1em;margin:.4em 0;max-width:62rem;
font:400 14px/1.5 var(--jp-content-font-family,system-ui,sans-serif);overflow-wrap:anywhere;box-sizing:border-box}
.agk.agk-passed{border-left-color:var(--agk-good)}.agk.agk-failed{border-left-color:var(--agk-bad)}
.agk.agk p,.agk.agk ul,.agk.agk li{margin:0;padding:0;list-style:none;font-size:inherit;line-height:inherit}
.agk.agk .agk-head{display:flex;flex-wrap:wrap;gap:.1em 1.2em;justify-content:space-between;align-items:baseline}
.agk.agk .agk-title{font-weight:600;font-size:1.1em}.agk.agk .agk-points{font-weight:600;white-space:nowrap}
.agk.agk code,.agk.agk pre{font:13px/1.45 var(--jp-code-font-family,ui-monospace,Menlo,Consolas,monospace);
background:none;color:inherit;border:0;padding:0;margin:0}
.agk.agk .agk-title code{background:none;padding:0;font-size:.85em;color:var(--agk-quiet);font-weight:400}
.agk.agk .agk-parts{color:var(--agk-quiet);font-size:.93em;margin-top:.1em}
.agk.agk .agk-parts li{display:inline-block;margin-right:1.5em}
.agk.agk .agk-line{display:grid;grid-template-columns:6.2em minmax(0,1fr);margin-top:.5em}
.agk.agk .agk-found{padding-bottom:.6em;overflow-x:auto}.agk.agk .agk-found .agk-circuit{overflow:visible}
.agk.agk .agk-mark{font-weight:600;white-space:nowrap}.agk.agk .agk-mark span{display:inline-block;width:.95em}
.agk.agk .agk-good{color:var(--agk-good)}.agk.agk .agk-bad{color:var(--agk-bad)}
.agk.agk .agk-note{color:var(--agk-note)}
.agk.agk .agk-tag{border:1px solid currentColor;border-radius:3px;color:var(--agk-quiet);font-size:.82em;
padding:0 .4em;margin-left:.5em;white-space:nowrap}
.agk.agk .agk-label{color:var(--agk-quiet);font-size:.86em;margin:.55em 0 .15em}
.agk.agk .agk-said{margin-top:.55em}
.agk.agk pre{background:var(--agk-panel);padding:.45em .7em;border-radius:3px;
white-space:pre;overflow-wrap:normal;min-width:max-content}
.agk.agk .agk-pair{display:flex;flex-wrap:wrap;gap:0 1em}.agk.agk .agk-pair div{flex:1 1 17em;min-width:max-content}
.agk.agk .agk-pair pre{border-left:3px solid var(--agk-good)}
.agk.agk .agk-pair div:first-child pre{border-left-color:var(--agk-bad)}
.agk.agk .agk-aside{margin-top:.75em;padding:.05em 0 .05em .8em;border-left:3px solid var(--agk-bad)}
.agk.agk .agk-aside.agk-hint{border-left-color:var(--agk-blue)}.agk.agk .agk-hint b{color:var(--agk-blue)}
.agk.agk .agk-wires caption{text-align:left;color:var(--agk-quiet);font:13px/1.45 system-ui,sans-serif}
.agk.agk .agk-wires{border-collapse:collapse;margin-top:.7em;
font:13px/1.45 var(--jp-code-font-family,ui-monospace,Menlo,Consolas,monospace)}
.agk.agk .agk-wires th,.agk.agk .agk-wires td{padding:.1em 1.2em .1em 0;text-align:left;font-weight:400;
background:none;border:0;border-bottom:1px solid var(--agk-rule);color:var(--agk-ink)}
.agk.agk .agk-wires thead th{color:var(--agk-quiet)}
.agk.agk .agk-wires td:last-child{color:var(--agk-bad);font-weight:600}
.agk.agk details{margin-top:.55em}.agk.agk summary{cursor:pointer;color:var(--agk-quiet)}
.agk.agk .agk-list li{margin:.2em 0 .2em 1.4em;list-style:disc}
.agk.agk .agk-foot{margin-top:.9em;padding-top:.5em;border-top:1px solid var(--agk-rule);color:var(--agk-quiet);
font-size:.9em}
.agk.agk :focus-visible{outline:2px solid var(--agk-blue);outline-offset:1px}
@media (max-width:34rem){.agk.agk .agk-line{grid-template-columns:minmax(0,1fr)}}
@media print{.agk.agk pre,.agk.agk .agk-pair div{min-width:0}.agk.agk pre{white-space:pre-wrap;overflow-wrap:anywhere}}
"""
CIRCUIT_LAYOUT = """
.agk-circuit{background:var(--jp-layout-color0,var(--agk-paper));overflow-x:auto;margin:.5em 0}
.agk-circuit svg{display:block;max-width:100%;height:auto;
font:400 13px system-ui,-apple-system,"Segoe UI","Liberation Sans",sans-serif}
.agk-circuit path,.agk-circuit rect{fill:none;stroke:var(--agk-ink)}
.agk-circuit .agk-wrong{stroke-width:2.4;stroke-dasharray:5 2.5}
.agk-circuit .agk-arrow,.agk-circuit circle{fill:var(--agk-ink);stroke:none}
.agk-circuit text{fill:var(--agk-ink)}.agk-circuit .agk-name{font-style:italic}
.agk-circuit .agk-value{fill:var(--agk-blue)}.agk-circuit .agk-slope{fill:var(--agk-bad)}
.agk-circuit .agk-strong{font-weight:700}.agk-circuit .agk-small{font-size:11px}
@media print{.agk-circuit svg{min-width:0!important}}
"""
PLOT_LAYOUT = """
.agk-plot{background:var(--jp-layout-color0,var(--agk-paper));color:var(--agk-ink);overflow-x:auto;
font:400 14px/1.5 system-ui,sans-serif;margin:.5em 0}
.agk-plot svg{display:block;max-width:100%;height:auto}
.agk-plot svg *{stroke-linejoin:round;stroke-linecap:butt}
.agk-plot table{border-collapse:collapse;font:inherit;color:var(--agk-ink)}
.agk-plot caption{text-align:left;color:var(--agk-quiet);padding:.2em 0 .4em}
.agk-plot th,.agk-plot td{padding:.25em 1.4em .25em 0;text-align:left;font-weight:400;background:none;
border:0;border-bottom:1px solid var(--agk-rule);color:var(--agk-ink)}
.agk-plot thead th{color:var(--agk-quiet);vertical-align:bottom}
.agk-plot .agk-n{text-align:right;font-variant-numeric:tabular-nums}
.agk-plot .agk-value{color:var(--agk-blue)}.agk-plot .agk-slope{color:var(--agk-bad)}
.agk-plot .agk-last td{font-weight:600}
"""
LAYOUT = CARD_LAYOUT + CIRCUIT_LAYOUT
_ROOTS = ":is(.agk,.agk-circuit,.agk-plot)"
_DARK_PAGES = (
    "[data-jp-theme-light=false],.vscode-dark,"
    ".vscode-high-contrast:not(.vscode-high-contrast-light),[theme=dark]"
)
THEME = f"{_ROOTS}{{{LIGHT}}}:is({_DARK_PAGES}) {_ROOTS}{{{DARK}}}"
STYLE = THEME + LAYOUT
