import { readdirSync, readFileSync } from 'node:fs';

const ticksPerSecond = 100;

/** Resident memory of each process, in MB; PostgreSQL with its children, counted by proportional share. */
export function memory(pids: Readonly<Record<string, number>>): Record<string, number> {
  return Object.fromEntries(
    Object.entries(pids).map(([name, pid]) => [
      name,
      Math.round(familyOf(pid).reduce((sum, member) => sum + shareOf(member), 0) / 1024),
    ]),
  );
}

/** Seconds of CPU since each process started, with its children. */
function cpu(pids: Readonly<Record<string, number>>): Record<string, number> {
  return Object.fromEntries(
    Object.entries({ ...pids, 'load generator': process.pid }).map(([name, pid]) => [
      name,
      (name === 'load generator' ? [pid] : familyOf(pid)).reduce((sum, member) => sum + cpuOf(member), 0),
    ]),
  );
}

/** Cores used by each process between two looks, the busiest first. */
function coresBetween(
  before: Record<string, number>,
  after: Record<string, number>,
  seconds: number,
): [string, number][] {
  return Object.entries(after)
    .map(([name, total]): [string, number] => [name, (total - (before[name] ?? 0)) / seconds])
    .filter(([, cores]) => cores >= 0.01)
    .toSorted(([, one], [, other]) => other - one);
}

/** What the whole machine did between two looks, in cores: `stolen` is what other machines on the same host took. */
export interface Machine {
  readonly busy: number;
  readonly idle: number;
  readonly stolen: number;
}

/** Seconds of all cores since the machine started. */
function machine(): Machine {
  const [first = ''] = readFileSync('/proc/stat', 'utf8').split('\n', 1);
  const [user = 0, nice = 0, system = 0, idle = 0, wait = 0, irq = 0, softirq = 0, steal = 0] = first
    .split(/ +/)
    .slice(1)
    .map((ticks) => Number(ticks) / ticksPerSecond);
  return { busy: user + nice + system + irq + softirq, idle: idle + wait, stolen: steal };
}

/** With the cores that every process, and the machine as a whole, used meanwhile. */
export async function watched<T extends object>(
  pids: Readonly<Record<string, number>>,
  work: () => Promise<T>,
): Promise<T & { readonly cores: readonly [string, number][]; readonly machine: Machine }> {
  const [before, machineBefore] = [cpu(pids), machine()];
  const startedAt = performance.now();
  const result = await work();
  const seconds = (performance.now() - startedAt) / 1000;
  const now = machine();
  const share = (part: keyof Machine): number => (now[part] - machineBefore[part]) / seconds;
  return {
    ...result,
    cores: coresBetween(before, cpu(pids), seconds),
    machine: { busy: share('busy'), idle: share('idle'), stolen: share('stolen') },
  };
}

function familyOf(pid: number): number[] {
  const children = readdirSync('/proc').filter((entry) => /^\d+$/.test(entry) && statOf(Number(entry))?.parent === pid);
  return [pid, ...children.map(Number)];
}

function shareOf(pid: number): number {
  try {
    return Number(/^Pss:\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/smaps_rollup`, 'utf8'))?.[1] ?? 0);
  } catch {
    return 0; // ended meanwhile
  }
}

function cpuOf(pid: number): number {
  const stat = statOf(pid);
  return stat === undefined ? 0 : stat.ticks / ticksPerSecond;
}

function statOf(pid: number): { parent: number; ticks: number } | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    return { parent: Number(fields[1]), ticks: Number(fields[11]) + Number(fields[12]) };
  } catch {
    return undefined;
  }
}
