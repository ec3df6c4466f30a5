/** What the HTTP route has to know. */
export class UploadSettings {
  readonly publicUrl: string;
  readonly internalTokenKey: string;
  readonly maxFiles: number;

  constructor(settings: { publicUrl: string; internalTokenKey: string; maxFiles: number }) {
    this.publicUrl = settings.publicUrl;
    this.internalTokenKey = settings.internalTokenKey;
    this.maxFiles = settings.maxFiles;
  }
}
