import { AppError } from '@videoapi/contracts';
import { z } from 'zod';

/** A refusal is a few lines; more than this is not one of ours. */
const maxRefusalBytes = 64 * 1024;
const refusal = z.object({
  error: z.object({ code: z.string(), message: z.string(), param: z.string().optional() }),
});

/** Why the uploads service did not take a file, from the body of its answer. */
export async function readRefusal(stream: AsyncIterable<Uint8Array>): Promise<AppError> {
  try {
    const chunks: Buffer[] = [];
    let size = 0;
    for await (const chunk of stream) {
      const bytes = Buffer.from(chunk);
      size += bytes.length;
      if (size > maxRefusalBytes) break;
      chunks.push(bytes);
    }
    const { code, message, param } = refusal.parse(JSON.parse(Buffer.concat(chunks).toString())).error;
    return AppError.revive({ code, message, ...(param !== undefined && { param }) });
  } catch (cause) {
    return new AppError('internal_error', 'Something went wrong on our side.', { cause });
  }
}
