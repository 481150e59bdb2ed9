// Asks our server for JSON.

/** An answer that was a refusal: its status, and its sentence in both languages where it has one. */
export class Refused extends Error {
  constructor(status, problem) {
    super(`${status}`);
    this.status = status;
    this.problem = problem;
  }
}

/** Fetches JSON; throws `Refused` for an error status, `TypeError` where nobody answers. */
export async function ask(address, signal) {
  const answer = await fetch(address, { headers: { Accept: 'application/json, application/geo+json' }, signal });
  const body = await answer.json().catch(() => null);
  if (!answer.ok) throw new Refused(answer.status, body);
  return body;
}

/** Makes a function that asks, and lets go of its last question when a new one comes; a dropped question gives null. */
export function asker() {
  let last = null;
  return async (address) => {
    last?.abort();
    last = new AbortController();
    const { signal } = last;
    try {
      const found = await ask(address, signal);
      return signal.aborted ? null : found;
    } catch (error) {
      if (error.name === 'AbortError') return null;
      throw error;
    }
  };
}
