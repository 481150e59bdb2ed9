// The one place that knows what is shown: day, picked code, camera, layers. Everything else listens to it.

/** Makes a state: `state.day` reads, `state.set({ day })` writes, `state.on('day', act)` hears of changes. */
export function createState(initial) {
  const values = { ...initial };
  const listeners = [];
  const state = {
    set(changes) {
      const changed = Object.keys(changes).filter((name) => !same(values[name], changes[name]));
      Object.assign(values, changes);
      for (const { names, act } of listeners) if (changed.some((name) => names.includes(name))) act(values);
    },
    on(names, act) {
      listeners.push({ names: names.split(' '), act });
    },
  };
  for (const name of Object.keys(values)) Object.defineProperty(state, name, { enumerable: true, get: () => values[name] });
  return state;
}

const same = (one, other) => one === other || JSON.stringify(one) === JSON.stringify(other);
