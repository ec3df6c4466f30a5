/** `@Image1`, `@Video2`, `@Audio1` of a prompt, each put into the provider's own words. Anything else is left alone. */
export function rewriteReferences(
  prompt: string,
  word: (kind: 'Image' | 'Video' | 'Audio', index: number) => string,
): string {
  return prompt.replace(/@(Image|Video|Audio)(\d{1,6})/g, (text, kind: string, digits: string) => {
    if (kind !== 'Image' && kind !== 'Video' && kind !== 'Audio') return text;
    return word(kind, Number(digits));
  });
}
