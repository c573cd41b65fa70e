/** Under which circumstances a bench was taken, as names and words, and in which of them two benches differ. */
import type {Bench} from './result.js'

export type Circumstance = {readonly what: string; readonly value: string}
export type Difference = {readonly what: string; readonly before: string; readonly after: string}

/** Parts of a result that older files may lack are told as unknown. */
type Taken = Omit<Bench, 'samples' | 'windows' | 'outcomes'>

const UNKNOWN = 'unknown'
/** What has to be the same for milliseconds and joules to mean the same. */
const OF_TIMES = ['processor', 'instruction sets', 'system', 'threads', 'device']

export function circumstancesOf(result: Taken): Circumstance[] {
  const {machine, versions, settings, data, energy} = result
  const sets = Object.entries(machine?.cpu?.instructions ?? {}).flatMap(([name, has]) => (has ? [name] : []))
  const facts: readonly (readonly [string, unknown])[] = [
    ['processor', machine?.cpu?.model],
    ['instruction sets', sets.length > 0 ? sets.join(' ') : undefined],
    ['system', machine && `${machine.platform} ${machine.arch}`],
    ['threads', settings?.threads],
    ['device', result.device],
    ['task', result.task ?? 'classify'],
    ['model', result.model],
    ['weights (SHA-256)', short(result.modelSha256)],
    ['vocabulary', result.vocab ?? 'none'],
    ['words (SHA-256)', result.vocabSha256 == null ? 'none' : short(result.vocabSha256)],
    ['data', data?.name],
    ['images', data?.images],
    ['images and labels (SHA-256)', short(data?.sha256)],
    ['preprocessing', settings?.preprocess],
    ['seed', settings?.seed],
    ['runs at least', settings?.runs],
    ['seconds at least', settings?.seconds],
    ['warm-up runs', settings?.warmup],
    ['blocks', settings?.blocks],
    ['energy', energy?.source == null ? 'not measured' : `${energy.grade} by ${energy.source}`],
    ['vwt', versions?.vwt],
    ['commit', versions?.commit ?? 'none'],
    ['onnxruntime', versions?.onnxruntime],
    ['Node', versions?.node],
    ['complete', result.incomplete ? 'no' : 'yes'],
  ]
  return facts.map(([what, value]) => ({what, value: String(value ?? UNKNOWN)}))
}

export function differencesOf(before: Taken, after: Taken): Difference[] {
  const there = circumstancesOf(after)
  return circumstancesOf(before).flatMap(({what, value}, index) =>
    value === there[index]!.value ? [] : [{what, before: value, after: there[index]!.value}],
  )
}

/** Whether milliseconds of the two are of different worlds. */
export function timesDiffer(differences: readonly Difference[]): boolean {
  return differences.some(({what}) => OF_TIMES.includes(what))
}

function short(sha256: string | undefined): string | undefined {
  return sha256?.slice(0, 16)
}
