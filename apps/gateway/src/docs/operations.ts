import { type Operation } from '@videoapi/dialects';
import { z } from 'zod';

const tag = 'Documentation';

const page = (id: string, summary: string) =>
  ({
    id,
    tag,
    summary,
    answers: [{ status: 200, description: 'A page to look at.', mediaType: 'text/html', body: z.string() }],
  }) as const satisfies Operation;

const headers = z.object({ 'if-none-match': z.string().optional() });
const unchanged = { status: 304, description: 'The one that you have is still right.' } as const;

export const operations = {
  landing: page('getLandingPage', 'How to make the first video'),
  show: page('getReference', 'This documentation, to browse'),
  asset: {
    id: 'getReferenceAsset',
    tag,
    summary: 'What the browsable documentation loads',
    path: z.object({ file: z.string() }),
    headers,
    answers: [{ status: 200, description: 'The file.', mediaType: 'text/javascript', body: z.string() }, unchanged],
    refusals: ['not_found'],
  },
  document: {
    id: 'getOpenApiDocument',
    tag,
    summary: 'This documentation, as OpenAPI 3.1',
    headers,
    answers: [{ status: 200, description: 'The document.', body: z.looseObject({ openapi: z.string() }) }, unchanged],
  },
} as const satisfies Record<string, Operation>;
