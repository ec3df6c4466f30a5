const redacted = '[redacted]';

/** Credentials by their shape: providers quote request headers and signed links in their messages. */
const shapes = new RegExp(
  [
    String.raw`(\b[Bb]earer\s+)[A-Za-z0-9._~+/=-]{8,}`,
    String.raw`(\bsk-)[A-Za-z0-9_-]{8,}`,
    String.raw`([?&][A-Za-z-]*(?:[Ss]ignature|[Cc]redential|[Tt]oken|api_?key|sig)=)[^&\s"'\\]+`,
    String.raw`(/callbacks/[a-z0-9_-]+/)[A-Za-z0-9_-]{20,}`,
  ].join('|'),
  'g',
);
/** Shorter ones would blank out ordinary words. */
const shortestSecret = 6;

/** The text without these secrets and without anything that looks like one. */
export function redact(text: string, secrets: Iterable<string>): string {
  let clean = text;
  for (const secret of secrets) if (secret.length >= shortestSecret) clean = clean.replaceAll(secret, redacted);
  return clean.replace(shapes, (_match, ...groups: readonly (string | undefined)[]) => {
    const kept = groups.slice(0, -2).find((group) => group !== undefined);
    return `${kept ?? ''}${redacted}`;
  });
}
