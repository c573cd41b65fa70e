/** Where vwt keeps things on this machine: caches that may be deleted, models that are data, the user's settings. */
import {homedir} from 'node:os'
import {join} from 'node:path'

type Environment = Readonly<Record<string, string | undefined>>
type Machine = {readonly platform: string; readonly home: string; readonly env: Environment}

const thisMachine = (): Machine => ({platform: process.platform, home: homedir(), env: process.env})

/** Caches: text embeddings, probes, staged graphs. `VWT_CACHE`, else the platform's cache folder. */
export function cacheFolder(machine: Machine = thisMachine()): string {
  const {platform, home, env} = machine
  if (env.VWT_CACHE) return env.VWT_CACHE
  if (platform === 'win32') return join(env.LOCALAPPDATA ?? join(home, 'AppData', 'Local'), 'vwt', 'cache')
  if (platform === 'darwin') return join(home, 'Library', 'Caches', 'vwt')
  return join(env.XDG_CACHE_HOME || join(home, '.cache'), 'vwt')
}

/** Pulled models and built vocabularies. `VWT_HOME`, else the platform's data folder. */
export function dataFolder(machine: Machine = thisMachine()): string {
  const {platform, home, env} = machine
  if (env.VWT_HOME) return env.VWT_HOME
  if (platform === 'win32') return join(env.LOCALAPPDATA ?? join(home, 'AppData', 'Local'), 'vwt', 'data')
  if (platform === 'darwin') return join(home, 'Library', 'Application Support', 'vwt')
  return join(env.XDG_DATA_HOME || join(home, '.local', 'share'), 'vwt')
}

/** The folder of the user's own `vwt.config.json`. */
export function configFolder(machine: Machine = thisMachine()): string {
  const {platform, home, env} = machine
  if (platform === 'win32') return join(env.APPDATA ?? join(home, 'AppData', 'Roaming'), 'vwt')
  return join(env.XDG_CONFIG_HOME || join(home, '.config'), 'vwt')
}
