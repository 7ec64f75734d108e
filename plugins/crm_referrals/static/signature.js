// A box to sign in with a finger or a pen. Strokes go into a hidden field as [[x, y, x, y, …], …].
const WIDE = 600, HIGH = 200, MOST = 4000;

function point(pad, event) {
  const box = pad.getBoundingClientRect();
  const at = (value, most) => Math.round(Math.min(Math.max(value, 0), most));
  return [at((event.clientX - box.left) / box.width * WIDE, WIDE), at((event.clientY - box.top) / box.height * HIGH, HIGH)];
}

for (const pad of document.querySelectorAll("[data-signature-pad]")) {
  const field = document.getElementById(pad.dataset.signaturePad);
  const part = pad.closest("[data-signature]");
  let strokes = [], line = null, count = 0;
  part.hidden = false;
  const draw = () => {
    const drawn = document.createElementNS("http://www.w3.org/2000/svg", "polyline");
    for (const [name, value] of Object.entries({fill: "none", stroke: "currentColor", "stroke-width": 3, "stroke-linecap": "round", "stroke-linejoin": "round"})) drawn.setAttribute(name, value);
    pad.append(drawn);
    return drawn;
  };
  if (field.value) {  // The page came back with a mistake elsewhere: what was drawn stands there again.
    try {
      strokes = JSON.parse(field.value);
      for (const each of strokes) draw().setAttribute("points", each.join(" "));
    } catch {
      strokes = [];
      field.value = "";
    }
  }
  const begin = (event) => {
    event.preventDefault();
    pad.setPointerCapture(event.pointerId);
    line = draw();
    strokes.push(point(pad, event));
  };
  const go = (event) => {
    if (!line || count >= MOST) return;
    count += 1;
    strokes.at(-1).push(...point(pad, event));
    line.setAttribute("points", strokes.at(-1).join(" "));
  };
  const end = () => {
    line = null;
    field.value = strokes.length ? JSON.stringify(strokes) : "";
  };
  pad.addEventListener("pointerdown", begin);
  pad.addEventListener("pointermove", go);
  pad.addEventListener("pointerup", end);
  pad.addEventListener("pointercancel", end);
  part.querySelector("[data-signature-clear]").addEventListener("click", () => {
    strokes = [];
    count = 0;
    pad.replaceChildren();
    field.value = "";
  });
}
