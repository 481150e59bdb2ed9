// Fetches the globe's script, saying how much is to go, then starts it. The page stands and answers all the while.

import { busy, idle, leftWords, progress } from './busy.js';
import { say, settings, sizeText } from './page.js';

/** Whether this browser can draw 3D at all; asked before a megabyte is fetched for nothing. */
export function canDraw() {
  const context = document.createElement('canvas').getContext('webgl2');
  context?.getExtension('WEBGL_lose_context')?.loseContext();
  return Boolean(context);
}

/** Loads the globe's module; `slow()` is called once when it has taken long. */
export async function loadGlobe(slow) {
  busy('script', say('viewer.loading'));
  const patience = setTimeout(slow, 10_000);
  try {
    await fetchSaying(settings.globe);
    progress(null);
    busy('script', say('viewer.loading.globe'));
    return await import('./globe/globe.js');
  } finally {
    clearTimeout(patience);
    idle('script');
  }
}

/** Reads the script once only to say how far it is; the browser keeps it, and the import takes it from there. */
async function fetchSaying({ address, bytes, packed }) {
  const answer = await fetch(address);
  if (!answer.ok) throw new TypeError(`the globe's script: ${answer.status}`);
  let read = 0;
  for (const reader = answer.body.getReader(); ;) {
    const { done, value } = await reader.read();
    if (done) return;
    read += value.length;
    progress(read / bytes);
    busy('script', leftWords(sizeText(packed * (1 - read / bytes))));
  }
}
