// Copy buttons: `data-copy` holds the text, `data-copied` what to say.
import { toast } from "./toast.js";

document.addEventListener("click", async (event) => {
  const button = event.target.closest("[data-copy]");
  if (!button) return;
  const done = await write(button.dataset.copy);
  toast(done ? button.dataset.copied : button.dataset.copyFailed);
});

async function write(text) {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    return writeOldWay(text); // No clipboard permission, or a plain-http address.
  }
}

function writeOldWay(text) {
  const area = document.createElement("textarea");
  area.value = text;
  area.className = "unseen";
  document.body.append(area);
  area.select();
  const done = document.execCommand("copy");
  area.remove();
  return done;
}
