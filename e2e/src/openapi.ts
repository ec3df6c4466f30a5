import { Ajv2020, type ErrorObject } from 'ajv/dist/2020.js';
import formats from 'ajv-formats';
import { type DevFile } from './stack.js';

export type Schema = Readonly<Record<string, unknown>>;

export interface Operation {
  readonly method: string;
  readonly path: string;
  readonly parameters: readonly Parameter[];
  readonly bodies: readonly Body[];
  /** By status: the media types of the answer; none when it has no body. */
  readonly answers: Readonly<Record<string, readonly string[]>>;
}

export interface Parameter {
  readonly in: 'path' | 'query' | 'header';
  readonly name: string;
  readonly required?: boolean;
  readonly schema: Schema;
}

export interface Body {
  readonly mediaType: string;
  readonly schema: Schema;
  readonly pointer: string;
}

interface Content {
  readonly content?: Readonly<Record<string, { schema: Schema }>>;
}

interface Described {
  readonly parameters?: readonly Parameter[];
  readonly requestBody?: Content;
  readonly responses: Readonly<Record<string, Content>>;
}

interface Document {
  readonly paths: Readonly<Record<string, Readonly<Record<string, Described>>>>;
  readonly components: { readonly schemas: Readonly<Record<string, Schema>> };
}

type Complaints = readonly ErrorObject[] | null;

/** The document that the stack itself serves, and whether something is as it says. */
export class OpenApi {
  private readonly ajv = formats.default(new Ajv2020({ strict: false, logger: false }));

  private constructor(private readonly document: Document) {
    this.ajv.addSchema(document, 'received');
    this.ajv.addSchema(close(document) as Document, 'sent');
  }

  static async read(stack: DevFile): Promise<OpenApi> {
    const response = await fetch(`${stack.gateway}/openapi.json`, { signal: AbortSignal.timeout(10_000) });
    return new OpenApi(JSON.parse(await response.text()));
  }

  get operations(): Operation[] {
    return Object.entries(this.document.paths).flatMap(([path, methods]) =>
      Object.entries(methods).map(([method, { parameters = [], requestBody, responses }]) => ({
        method: method.toUpperCase(),
        path,
        parameters,
        bodies: Object.entries(requestBody?.content ?? {}).map(([mediaType, { schema }]) => ({
          mediaType,
          schema,
          pointer: pointerTo('paths', path, method, 'requestBody', 'content', mediaType, 'schema'),
        })),
        answers: Object.fromEntries(
          Object.entries(responses).map(([status, { content = {} }]) => [status, Object.keys(content)]),
        ),
      })),
    );
  }

  /** What a reference stands for; anything else is itself. */
  resolve(schema: Schema): Schema {
    const { $ref: reference } = schema;
    if (typeof reference !== 'string') return schema;
    const found = this.document.components.schemas[reference.slice(reference.lastIndexOf('/') + 1)];
    if (found === undefined) throw new Error(`nothing at ${reference}`);
    return this.resolve(found);
  }

  /** Of a request: the document lets a client send more than it names. */
  complaintsOfBody({ pointer }: Body, value: unknown): Complaints {
    return this.complaints(`received#/${pointer}`, value);
  }

  complaintsOfAnswer({ path, method }: Operation, status: number, mediaType: string, value: unknown): Complaints {
    const place = [path, method.toLowerCase(), 'responses', String(status), 'content', mediaType, 'schema'];
    return this.complaints(`sent#/${pointerTo('paths', ...place)}`, value);
  }

  /** By the name of the schema, for example `NativeError`. */
  complaintsOf(schema: string, value: unknown): Complaints {
    return this.complaints(`sent#/${pointerTo('components', 'schemas', schema)}`, value);
  }

  private complaints(reference: string, value: unknown): Complaints {
    const check = this.ajv.getSchema(reference);
    if (check === undefined) throw new Error(`nothing at ${reference}`);
    return check(value) === true ? null : (check.errors ?? []);
  }
}

function pointerTo(...parts: readonly string[]): string {
  return parts.map((part) => encodeURIComponent(part.replaceAll('~', '~0').replaceAll('/', '~1'))).join('/');
}

/**
 * The document leaves its objects open, so that clients expect new fields; a field that nobody documented is a mistake of
 * ours all the same. A reference with something beside it only narrows what it refers to, which is closed itself.
 */
function close(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(close);
  if (typeof value !== 'object' || value === null) return value;
  if ('$ref' in value) return value;
  const isOpen = 'properties' in value && 'type' in value && !('additionalProperties' in value);
  return {
    ...Object.fromEntries(Object.entries(value).map(([name, entry]) => [name, close(entry)])),
    ...(isOpen && { additionalProperties: false }),
  };
}
