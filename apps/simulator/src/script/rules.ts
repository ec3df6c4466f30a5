import { type Script } from './directives.js';

/** What a rule looks at. Every given field must agree; an empty match agrees with every submit. */
export interface Match {
  readonly provider?: string | undefined;
  readonly model?: string | undefined;
  readonly clientReference?: string | undefined;
  readonly promptIncludes?: string | undefined;
}

export interface Rule {
  readonly id: number;
  readonly match: Match;
  readonly script: Script;
  /** How many submits it still applies to; absent: all. */
  timesLeft?: number;
}

export interface Submitted {
  readonly provider: string;
  readonly model: string;
  readonly prompt: string;
  readonly clientReference?: string | undefined;
}

/** The rules of the control API, in the order they were given; of several that match, later ones override. */
export class Rules {
  private rules: Rule[] = [];
  private next = 1;

  add(match: Match, script: Script, times?: number): Rule {
    const rule: Rule = { id: this.next++, match, script, ...(times !== undefined && { timesLeft: times }) };
    this.rules.push(rule);
    return rule;
  }

  list(): readonly Rule[] {
    return this.rules;
  }

  clear(): void {
    this.rules = [];
  }

  /** The merged script of the rules that match; counts this submit against their `times`. */
  apply(submitted: Submitted): Script {
    let script: Script = {};
    for (const rule of this.rules) {
      if (rule.timesLeft === 0 || !agrees(rule.match, submitted)) continue;
      if (rule.timesLeft !== undefined) rule.timesLeft -= 1;
      script = { ...script, ...rule.script };
    }
    return script;
  }
}

export function agrees(match: Match, submitted: Submitted): boolean {
  return (
    (match.provider === undefined || match.provider === submitted.provider) &&
    (match.model === undefined || match.model === submitted.model) &&
    (match.clientReference === undefined || match.clientReference === submitted.clientReference) &&
    (match.promptIncludes === undefined || submitted.prompt.includes(match.promptIncludes))
  );
}
