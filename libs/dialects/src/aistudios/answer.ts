import { taskErrorCodes, taskId } from '@videoapi/contracts';
import { z } from 'zod';

const state = z.enum(['Waiting', 'Processing', 'Complete', 'Failed']);
const progress = z.int().min(0).max(100);
const time = z.iso.datetime({ offset: true });
const failure = z.object({ code: z.enum(taskErrorCodes), msg: z.string() });

/** The envelope of everything that went well. */
const successOf = <Data extends z.ZodType>(data: Data) => z.object({ success: z.literal(true), data });

export const accepted = successOf(z.object({ projectId: taskId })).meta({ id: 'AcceptedProject' });

const shown = z.object({ progress, state, downloadUrl: z.url().optional().describe('Once it is complete.') });

export const progressBody = z
  .discriminatedUnion('success', [
    successOf(shown),
    z.object({ success: z.literal(false), error: failure, data: shown }).describe('The project has failed.'),
  ])
  .meta({ id: 'ProjectProgress' });

export const project = successOf(
  z.object({
    project: z.object({
      _id: taskId,
      name: z.string().nullable(),
      orientation: z.enum(['landscape', 'portrait']),
      resolution: z.string(),
      state,
      progress,
      backendTaskId: taskId,
      creditSubstracted: z.int().nonnegative(),
      createdAt: time,
      updatedAt: time,
      download_url: z.url().nullable(),
      error: failure.optional(),
    }),
  }),
).meta({ id: 'Project' });

export const models = successOf(
  z.object({
    models: z.array(
      z.object({
        id: z.string(),
        label: z.object({ en: z.string(), ko: z.string() }),
        thumbnail: z.null(),
        clothes: z.array(z.never()),
      }),
    ),
  }),
).meta({ id: 'AvatarModels' });

export const session = successOf(z.object({ token: z.string() })).meta({ id: 'Session' });
export const sessionCheck = successOf(z.object({ isAuthenticated: z.boolean() })).meta({ id: 'SessionCheck' });

/** What a project's `webhookUrl` receives: told once, when it has ended. */
export const projectDeliveryBody = z
  .object({
    progress,
    credit: z.int().nonnegative(),
    backendTaskId: taskId,
    projectId: taskId,
    download_url: z.url().optional(),
    error: failure.optional().describe('Instead of a link, when it failed.'),
  })
  .meta({ id: 'ProjectDelivery' });

export const errorBody = z
  .object({
    success: z.literal(false),
    error: z.object({ code: z.string(), msg: z.string(), param: z.string().optional() }),
  })
  .meta({ id: 'AistudiosError' });
