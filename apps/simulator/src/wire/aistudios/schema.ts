import { z } from 'zod';
import { type Order } from '../../engine/render.js';
import { Refusal } from '../../http/refusal.js';
import { frameSize } from '../../render/frame-size.js';

const words = z.object({ org: z.string().min(1) });
const script = words.extend({
  isTTS: z.boolean(),
  tts: z.looseObject({}).nullable(),
  modelId: z.string().min(1),
  clothId: z.string().min(1),
});
const clip = z.looseObject({
  id: z.string(),
  type: z.enum(['aiModel', 'shape', 'image', 'textImage', 'videoImage', 'audio']),
  layer: z.int(),
  height: z.number(),
  width: z.number(),
  left: z.number(),
  top: z.number(),
  model: z.looseObject({ ai_name: z.string(), emotion: z.string() }).optional(),
  /** Where the words stood before `scripts`. */
  script: words.optional(),
});
const scene = z.looseObject({
  sceneIdx: z.int().min(0),
  scripts: z.array(script).length(1).optional(),
  background: z.looseObject({ type: z.literal('background'), source_type: z.string(), source_url: z.string() }),
  clips: z.array(clip),
});
type Scene = z.output<typeof scene>;

const rendering = {
  resolution: z.enum(['4k', '1080', '720', '480']).default('1080'),
  webhookUrl: z.url().optional(),
  workspaceId: z.string().optional(),
};
/** The Chinese pages do not have these; a typo of ours should be heard. */
const unknownInChina = ['resolution', 'isExport', 'workspaceId'] as const;

/** `POST …/editor/project`. */
export const projectBody = z.object({
  name: z.string().default('Default Template'),
  orientation: z.enum(['landscape', 'portrait']).default('landscape'),
  scenes: z.array(scene).min(1),
  isExport: z.boolean().default(true),
  ...rendering,
});
type ProjectBody = z.output<typeof projectBody>;

const quick = {
  language: z.string().regex(/^[a-z]{2}(-[A-Z]{2})?$/),
  text: z.string().min(1),
  model: z.string().min(1),
  ...rendering,
};
/** `POST …/simple/video`: unless asked for, it is not exported. */
export const quickBody = z.object({ ...quick, clothes: z.string().min(1), isExport: z.boolean().default(false) });
/** `POST …/simple/custom`. */
export const customBody = z.object({ ...quick, isExport: z.boolean().default(true) });
type QuickBody = z.output<typeof quickBody> | z.output<typeof customBody>;

export interface Caller {
  readonly account: string;
  readonly origin: string;
  readonly isChina: boolean;
}

/** Throws Refusal for what the Chinese host does not know. */
export function checkRegion(body: unknown, { isChina }: Caller): void {
  const given = z.looseObject({}).safeParse(body).data ?? {};
  const unknown = isChina ? unknownInChina.find((name) => name in given) : undefined;
  if (unknown !== undefined) {
    throw new Refusal('invalid', `${unknown} is not supported`, { param: unknown, invalidity: 'unknown' });
  }
}

export function orderOfProject(body: ProjectBody, caller: Caller): Order {
  const said = body.scenes.map(saidIn);
  const [first] = said;
  return {
    ...orderOf(said.map(({ org }) => org).join(' '), body, body.orientation === 'portrait', caller),
    clientReference: body.name === 'Default Template' ? lastSegment(body.webhookUrl) : body.name,
    model: `${first?.modelId}/${first?.clothId}`,
    echo: { name: body.name, orientation: body.orientation },
  };
}

/** The avatar alone before a plain ground. */
export function orderOfQuick(body: QuickBody, caller: Caller): Order {
  return {
    ...orderOf(body.text, body, false, caller),
    clientReference: lastSegment(body.webhookUrl),
    model: 'clothes' in body ? `${body.model}/${body.clothes}` : body.model,
    echo: { name: 'Default Template', orientation: 'landscape' },
  };
}

function orderOf(
  text: string,
  { resolution, webhookUrl }: Pick<ProjectBody, 'resolution' | 'webhookUrl'>,
  isPortrait: boolean,
  { account, origin }: Caller,
): Omit<Order, 'model' | 'clientReference' | 'echo'> {
  const prompt = text.replaceAll(/<\/?[a-z][^>]*>/gi, '');
  return {
    provider: 'aistudios',
    account,
    prompt,
    size: frameSize(resolution === '4k' ? '4k' : `${resolution}p`, isPortrait ? '9:16' : '16:9') ?? fullHd,
    durationMs: spokenMs(prompt),
    audio: true,
    inputs: [],
    callbackUrl: webhookUrl,
    origin,
  };
}

const fullHd = { width: 1920, height: 1080 };

/** Fifteen letters a second, at least a second; what scripts the simulator is not said. */
function spokenMs(prompt: string): number {
  const said = prompt.replaceAll(/\[\[sim[^\]]*\]\]/g, '').trim();
  return Math.min(300, Math.max(1, Math.round(said.length / 15))) * 1000;
}

/** The words of a scene, said by whom it shows. Throws Refusal when nobody says anything, or somebody else. */
function saidIn({ sceneIdx, scripts, clips }: Scene): Pick<z.output<typeof script>, 'org' | 'modelId' | 'clothId'> {
  const shown = clips.find(({ type }) => type === 'aiModel')?.model;
  const older = clips.find((one) => one.script !== undefined)?.script;
  const said = scripts?.[0] ?? (older && shown && { org: older.org, modelId: shown.ai_name, clothId: shown.emotion });
  const param = `scenes.${sceneIdx}.scripts`;
  if (said === undefined) throw new Refusal('invalid', 'is required', { param, invalidity: 'missing' });
  if (shown !== undefined && (shown.ai_name !== said.modelId || shown.emotion !== said.clothId)) {
    throw new Refusal('invalid', 'modelId and clothId are not those of the aiModel clip', { param });
  }
  return said;
}

/** A quick render has no name; a webhook URL of its own per render does the same. */
function lastSegment(webhookUrl: string | undefined): string | undefined {
  if (webhookUrl === undefined) return undefined;
  const segment = new URL(webhookUrl).pathname.split('/').at(-1);
  return segment === '' ? undefined : segment;
}
