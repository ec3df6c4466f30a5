const redacted = '[redacted]';

/** Names under which a credential may travel; a log line never shows what they hold. */
export const secretPaths = ['authorization', 'cookie', 'password', 'secret', 'token', 'apiKey', 'api_key'].flatMap(
  (name) => [name, `*.${name}`, `*.*.${name}`],
);

/**
 * Shapes of credentials wherever they stand in a line, so that an address or a message that contains one does no harm.
 * Each keeps what identifies it (the first group) and loses what grants access.
 */
const credential = new RegExp(
  [
    String.raw`(\bvga_(?:live|test)_)[A-Za-z0-9]+`, // API keys of our customers
    String.raw`(\bwhsec_)[A-Za-z0-9+/=_-]+`, // webhook signing secrets
    String.raw`(\bsk-)[A-Za-z0-9_-]{16,}`, // API keys of providers
    String.raw`(\b[Bb]earer\s+)[A-Za-z0-9._~+/=-]{8,}`,
    String.raw`(\b[Aa]uthorization\W{1,4}(?:\w+\s+)?)[A-Za-z0-9._~+/=-]{8,}`,
    String.raw`(\beyJ)[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+`, // JSON web tokens
    String.raw`([?&](?:X-Amz-(?:Signature|Credential|Security-Token)|[A-Za-z-]*[Ss]ignature|sig|token|access_key|api_key)=)[^&\s"'\\]+`,
    String.raw`(/callbacks/[a-z0-9_-]+/)[A-Za-z0-9_-]{20,}`, // whoever knows it may post a provider's callback
    String.raw`(\b[a-z][a-z0-9+.-]*://[^\s:/@"]*:)[^\s@/"]+(?=@)`, // the password of a connection string
  ].join('|'),
  'g',
);

/** The same text without credentials and signed parts of URLs. */
export function scrub(text: string): string {
  return text.replace(credential, (_match, ...groups: readonly (string | undefined)[]) => {
    // The arguments end with the offset and the whole text; the one group that matched comes before them.
    const kept = groups.slice(0, -2).find((group) => group !== undefined);
    return `${kept ?? ''}${redacted}`;
  });
}

export const redaction = { paths: secretPaths, censor: redacted };
