import { Body, Controller, Delete, Get, HttpCode, Post, Query, UseGuards } from '@nestjs/common';
import { z } from 'zod';
import { Engine } from '../engine/engine.js';
import { type Render } from '../engine/render.js';
import { Renders } from '../engine/renders.js';
import { isTerminal } from '../engine/timeline.js';
import { parseInput } from '../http/parse-body.js';
import { Refusal } from '../http/refusal.js';
import { directives } from '../script/directives.js';
import { parseDirectives } from '../script/parse.js';
import { agrees, Rules } from '../script/rules.js';
import { Upstream } from '../upstream.js';
import { ControlGuard } from './control.guard.js';
import { Counters } from './counters.js';

const match = z
  .strictObject({
    provider: z.string(),
    model: z.string(),
    clientReference: z.string(),
    promptIncludes: z.string(),
  })
  .partial()
  .default({});

const ruleBody = z.strictObject({
  match,
  /** Directives as in a prompt: `429=2, slow=500`. */
  outcome: z.string().min(1).max(500),
  /** How many submits it is for; absent: all until the next reset. */
  times: z.int().positive().optional(),
});

const releaseBody = z.strictObject({ match });

const rendersQuery = z.object({
  provider: z.string().optional(),
  clientReference: z.string().optional(),
  /** Only what was accepted at or after this moment; milliseconds since 1970. */
  since: z.coerce.number().default(0),
});

/** How tests script outcomes and learn the truth. */
@Controller('control')
@UseGuards(ControlGuard)
export class ControlController {
  constructor(
    private readonly engine: Engine,
    private readonly renders: Renders,
    private readonly rules: Rules,
    private readonly counters: Counters,
    private readonly upstream: Upstream,
  ) {}

  @Post('script')
  addRule(@Body() body: unknown) {
    const { match, outcome, times } = parseInput(ruleBody, body);
    const { script, problem } = parseDirectives(outcome);
    if (problem !== undefined) throw new Refusal('invalid', problem, { param: 'outcome' });
    return this.rules.add(match, script, times);
  }

  @Get('script')
  listRules() {
    return { rules: this.rules.list(), directives };
  }

  @Delete('script')
  clearRules() {
    this.rules.clear();
    return { cleared: true };
  }

  /** Ends what waits for it under `until-released`. */
  @Post('release')
  @HttpCode(200)
  release(@Body() body: unknown) {
    const wanted = parseInput(releaseBody, body).match;
    const waiting = this.renders.all().filter(({ order }) => agrees(wanted, order));
    return { released: waiting.filter((render) => this.engine.release(render)).length };
  }

  /** Every accepted render, oldest first: what a checker compares the platform with. */
  @Get('renders')
  listRenders(@Query() query: unknown) {
    const { provider, clientReference, since } = parseInput(rendersQuery, query);
    const wanted = this.renders
      .all()
      .filter(
        ({ order, plan }) =>
          plan.createdAt >= since &&
          (provider === undefined || provider === order.provider) &&
          (clientReference === undefined || clientReference === order.clientReference),
      );
    return { renders: wanted.map((render) => this.truthOf(render)) };
  }

  @Get('counters')
  count() {
    return {
      renders: this.renders.size,
      repeatedReferences: this.renders.repeatedReferences,
      providers: this.counters.all(),
    };
  }

  /** Forgets renders, rules, half-played scripts and counters. Rendered files stay. */
  @Post('reset')
  @HttpCode(200)
  reset() {
    this.engine.clear();
    this.rules.clear();
    this.counters.clear();
    this.upstream.reset();
    return { reset: true };
  }

  private truthOf(render: Render) {
    const { id, order, script, file, counts } = render;
    const state = this.engine.stateOf(render);
    return {
      id,
      provider: order.provider,
      clientReference: order.clientReference ?? null,
      model: order.model,
      prompt: order.prompt,
      inputs: order.inputs,
      callbackUrl: order.callbackUrl ?? null,
      ...order.size,
      durationMs: order.durationMs,
      audio: order.audio,
      seed: order.seed ?? null,
      script,
      createdAt: new Date(render.plan.createdAt).toISOString(),
      outcome: state.phase,
      endedAt: isTerminal(state.phase) ? new Date(state.since).toISOString() : null,
      removed: render.removed === true,
      sha256: file?.sha256 ?? null,
      bytes: file?.bytes ?? null,
      ...counts,
    };
  }
}
