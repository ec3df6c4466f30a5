import { type Operation } from '@videoapi/dialects';
import { z } from 'zod';

const tag = 'Uploads';

export const presignBody = z
  .object({
    filename: z.string().min(1).max(255),
    content_type: z.string().min(1).max(100),
    size: z.int().positive().describe('Bytes.'),
  })
  .meta({ id: 'PresignUpload' });

export const presigned = z
  .object({
    key: z.string().describe('What stands for the file in a request.'),
    upload_url: z.url(),
    method: z.literal('PUT'),
    headers: z.record(z.string(), z.string()).describe('To be sent along with the bytes.'),
    expires_at: z.iso.datetime({ offset: true }),
    url: z.url(),
  })
  .meta({ id: 'PresignedUpload' });

const stored = z
  .object({
    data: z.array(
      z.object({
        filename: z.string(),
        content_type: z.string().describe('Of the bytes themselves, whatever was said.'),
        size: z.int().nonnegative().describe('Bytes.'),
        key: z.string(),
        url: z.url(),
      }),
    ),
  })
  .meta({ id: 'StoredUploads' });

export const operations = {
  upload: {
    id: 'uploadFiles',
    tag,
    summary: 'Upload files',
    description: 'One bad file fails the whole call, and nothing of it is kept.',
    body: { form: z.object({ files: z.array(z.file()).min(1) }).meta({ id: 'UploadFiles' }), isRequired: true },
    answers: [{ status: 200, description: 'In the order sent.', body: stored }],
    refusals: ['missing_parameter', 'invalid_request'],
  },
  presign: {
    id: 'presignUpload',
    tag,
    summary: 'Upload a large file yourself',
    description: 'What was really put there is checked when it is first used.',
    body: { json: presignBody, isRequired: true },
    answers: [{ status: 200, description: 'Where to put it.', body: presigned }],
  },
  open: {
    id: 'openMedia',
    tag,
    summary: 'Open a stored file',
    description: 'The links in answers and deliveries. The signature in it is the right to read.',
    path: z.object({ id: z.string(), file: z.string() }),
    answers: [
      {
        status: 302,
        description: 'Where the bytes are, for a while. Ranges are served there.',
        headers: z.object({ location: z.url() }),
      },
    ],
    refusals: ['not_found'],
  },
} as const satisfies Record<string, Operation>;
