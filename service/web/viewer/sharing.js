// What a person takes along of what is seen: the link that reopens it, and a picture.

import { notify, withoutTool } from './notices.js';
import { say } from './page.js';

/** Makes what can be taken along; `globe()` is the globe or null. */
export function createSharing(state, globe) {
  const link = async () => {
    if (globe()) state.set({ camera: globe().camera.read() });
    await new Promise((done) => { setTimeout(done, 150); }); // the address follows the state a moment later
    const done = await navigator.clipboard?.writeText(location.href).then(() => true, () => false);
    notify('link', done ? say('viewer.linked') : location.href, [], { lasting: !done });
  };
  const picture = async () => {
    if (!globe()) return;
    try {
      const { savePicture } = await import('./tools/picture.js');
      await savePicture(globe(), state);
    } catch (error) {
      if (!(error instanceof TypeError)) throw error;
      withoutTool(picture);
    }
  };
  return { link, picture };
}
