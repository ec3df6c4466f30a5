/** A run of digits that a number may not hold exactly. */
const longDigits = /\d{16}/;

/**
 * JSON in which an integer beyond 2^53 is a string of its digits: some providers count their tasks so far, and a rounded
 * id is somebody else's. @throws SyntaxError
 */
export function parseJson(text: string): unknown {
  return longDigits.test(text) ? JSON.parse(text, exactly) : JSON.parse(text);
}

function exactly(_key: string, value: unknown, context?: { readonly source?: string }): unknown {
  if (typeof value !== 'number' || !Number.isInteger(value) || Number.isSafeInteger(value)) return value;
  const source = context?.source;
  return source !== undefined && /^-?\d+$/.test(source) ? source : value;
}
