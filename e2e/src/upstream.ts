import { type DevFile } from './stack.js';

/** A render that the simulator has accepted; only what the specs look at. */
export interface Render {
  readonly id: string;
  readonly clientReference: string | null;
  readonly prompt: string;
  readonly callbackUrl: string | null;
  readonly outcome: string;
  readonly polls: number;
}

/** All that the simulator has accepted, oldest first. `since` in milliseconds since 1970. */
export async function rendersSince(stack: DevFile, since: number): Promise<readonly Render[]> {
  const url = `${stack.simulator}/control/renders?since=${since}`;
  const response = await fetch(url, { signal: AbortSignal.timeout(10_000) });
  const { renders }: { renders: Render[] } = JSON.parse(await response.text());
  return renders;
}

/** Ends the renders that wait for it, `[[sim:until-released]]`, and have this in their prompts; how many did. */
export async function release(stack: DevFile, promptIncludes: string): Promise<number> {
  const response = await fetch(`${stack.simulator}/control/release`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ match: { promptIncludes } }),
    signal: AbortSignal.timeout(10_000),
  });
  const { released }: { released: number } = JSON.parse(await response.text());
  return released;
}
