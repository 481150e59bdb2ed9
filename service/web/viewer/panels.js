// The panels beside the tools, one open at a time; what a panel does is loaded when it is first needed.

import { withoutTool } from './notices.js';
import { byId } from './page.js';
import { focusTool } from './toolbar.js';

const PANELS = ['layers', 'measure', 'cut', 'compare'];

/** Starts the panels. `load(name)` gives what a panel does, once: `{ opened(), closed() }`, each of which may be missing. */
export function startPanels(state, load) {
  const loading = new Map();
  const loaded = (name) => loading.get(name) ?? loading.set(name, load(name).catch((error) => failed(name, error))).get(name);
  /** A script that did not come is fetched again when it is wanted again. */
  const failed = (name, error) => {
    if (!(error instanceof TypeError)) throw error;
    loading.delete(name);
    withoutTool(() => { toggle(name); toggle(name); });
  };
  let open = null;

  const show = async () => {
    const [before, now] = [open, state.panel];
    if (before === now) return;
    open = now;
    for (const name of PANELS) {
      byId(name).hidden = name !== now;
      byId(`tool-${name}`).setAttribute('aria-expanded', name === now ? 'true' : 'false');
    }
    if (before) (await loaded(before))?.closed?.();
    if (now && open === now) await begin(now);
  };
  /** Until a panel's script is there its controls would do nothing, so nobody can reach them. */
  const begin = async (name) => {
    byId(name).inert = true;
    const tool = await loaded(name);
    byId(name).inert = false;
    if (open === name) tool?.opened?.();
  };
  const toggle = (name) => state.set({ panel: state.panel === name ? null : name });

  /** Opens a panel by key and goes to its first control; measuring goes on in the scene. */
  const byKey = async (name) => {
    toggle(name);
    await loaded(name);
    if (state.panel === name && name !== 'measure') byId(name).querySelector('input')?.focus();
  };
  /** Closes the open panel, and says whether there was one. */
  const close = () => {
    if (!state.panel) return false;
    const [name, inside] = [state.panel, byId(state.panel).contains(document.activeElement)];
    state.set({ panel: null });
    if (inside) focusTool(name);
    return true;
  };
  for (const name of PANELS) {
    byId(`tool-${name}`).addEventListener('click', () => toggle(name));
    byId(`close-${name}`).addEventListener('click', close);
  }
  state.on('panel', show);
  show();
  return { toggle, byKey, close, loaded };
}
