/** `base64`: the bytes. `data-url`: the same with its type in front. `mime-type`: the type alone. */
export type InlineForm = 'base64' | 'data-url' | 'mime-type';

/** Stands in a call's `json` for a file that the provider wants in the body itself. */
export class InlineFile {
  constructor(
    readonly url: string,
    readonly as: InlineForm,
  ) {}

  /** What exchanges and logs show; the content takes its place only when the call is sent. */
  toJSON(): { readonly $inline: string; readonly as: InlineForm } {
    return { $inline: this.url, as: this.as };
  }
}

/** The runtime fetches the file (32 MiB at most) when it sends the call; the same URL once for all its places. */
export function inlineFile(url: string, as: InlineForm): InlineFile {
  return new InlineFile(url, as);
}
