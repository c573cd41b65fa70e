/** A headless Chromium, where there is one, steered over its pipe: pages as a reader sees them. */
import {spawn, spawnSync} from 'node:child_process'
import {existsSync, readdirSync} from 'node:fs'
import {homedir} from 'node:os'
import {join} from 'node:path'
import type {Readable, Writable} from 'node:stream'

const NAMES = [
  'chromium',
  'chromium-headless-shell',
  'google-chrome',
  'google-chrome-stable',
  'chromium-browser',
  'chrome',
]
const MAC = ['Google Chrome', 'Chromium'].map((name) => `/Applications/${name}.app/Contents/MacOS/${name}`)

/** `CHROME_PATH`, a browser on the path, or one that Playwright or Puppeteer keep. */
export function findChromium(): string | undefined {
  const onPath = (process.env.PATH ?? '').split(':').flatMap((folder) => NAMES.map((name) => join(folder, name)))
  const caches = [
    process.env.PLAYWRIGHT_BROWSERS_PATH ?? join(homedir(), '.cache', 'ms-playwright'),
    join(homedir(), 'Library', 'Caches', 'ms-playwright'),
    process.env.PUPPETEER_CACHE_DIR ?? join(homedir(), '.cache', 'puppeteer'),
  ]
  const cached = caches.filter(existsSync).flatMap((folder) =>
    readdirSync(folder, {recursive: true, encoding: 'utf8'})
      .filter((name) => /(^|[\\/])(chrome|headless_shell|chrome-headless-shell)(\.exe)?$/.test(name))
      .map((name) => join(folder, name)),
  )
  const found = [process.env.CHROME_PATH ?? '', ...onPath, ...MAC, ...cached].filter((path) => path && existsSync(path))
  return found.find((path) => spawnSync(path, ['--version'], {timeout: 20_000}).status === 0)
}

export type View = {
  readonly width?: number
  readonly scheme?: 'light' | 'dark'
  readonly media?: 'screen' | 'print'
  /** Scripts of the page; the report has none. */
  readonly scripts?: boolean
}

type Message = {
  readonly id?: number
  readonly method?: string
  readonly params?: Record<string, unknown>
  readonly result?: Record<string, unknown>
  readonly error?: {readonly message: string}
}

/** One browser with one page. */
export class Chromium {
  /** What the page wrote to the console, threw, or asked the network for. */
  readonly complaints: string[] = []
  #next = 1
  #session: string | undefined
  readonly #waiting = new Map<number, (message: Message) => void>()
  readonly #events: {readonly method: string; readonly heard: () => void}[] = []

  private constructor(
    private readonly child: ReturnType<typeof spawn>,
    private readonly input: Writable,
    output: Readable,
  ) {
    let rest = ''
    output.setEncoding('utf8').on('data', (text: string) => {
      const parts = (rest + text).split('\0')
      rest = parts.pop()!
      for (const part of parts) this.#hear(JSON.parse(part))
    })
  }

  static async open(path: string): Promise<Chromium> {
    const argv = ['--headless', '--no-sandbox', '--disable-gpu', '--hide-scrollbars', '--remote-debugging-pipe']
    const child = spawn(path, [...argv, 'about:blank'], {stdio: ['ignore', 'ignore', 'ignore', 'pipe', 'pipe']})
    const browser = new Chromium(child, child.stdio[3] as Writable, child.stdio[4] as Readable)
    const {targetId} = await browser.#send('Target.createTarget', {url: 'about:blank'})
    const {sessionId} = await browser.#send('Target.attachToTarget', {targetId, flatten: true})
    browser.#session = sessionId as string
    for (const domain of ['Page', 'Runtime', 'Log', 'Network']) await browser.#send(`${domain}.enable`)
    return browser
  }

  /** Loads a page into a view of its own height. */
  async show(
    url: string,
    {width = 1200, scheme = 'light', media = 'screen', scripts = true}: View = {},
  ): Promise<void> {
    await this.#send('Emulation.setScriptExecutionDisabled', {value: !scripts})
    await this.#send('Emulation.setDeviceMetricsOverride', {
      width,
      height: 900,
      deviceScaleFactor: 1,
      mobile: width < 500,
    })
    const features = [{name: 'prefers-color-scheme', value: scheme}]
    await this.#send('Emulation.setEmulatedMedia', {media, features})
    const loaded = new Promise<void>((heard) => this.#events.push({method: 'Page.loadEventFired', heard}))
    await this.#send('Page.navigate', {url})
    await loaded
  }

  /** The value of an expression in the page; it has to be plain data. */
  async evaluate(expression: string): Promise<unknown> {
    const {result, exceptionDetails} = await this.#send('Runtime.evaluate', {expression, returnByValue: true})
    if (exceptionDetails) throw new Error(`The page cannot evaluate ${expression}: ${JSON.stringify(exceptionDetails)}`)
    return (result as {value?: unknown}).value
  }

  /** The whole page as PNG. */
  async picture(): Promise<Uint8Array> {
    const {cssContentSize} = await this.#send('Page.getLayoutMetrics')
    const {width, height} = cssContentSize as {width: number; height: number}
    const clip = {x: 0, y: 0, width, height, scale: 1}
    const {data} = await this.#send('Page.captureScreenshot', {format: 'png', captureBeyondViewport: true, clip})
    return Buffer.from(data as string, 'base64')
  }

  /** The page as it would be printed on A4. */
  async paper(): Promise<Uint8Array> {
    const {data} = await this.#send('Page.printToPDF', {paperWidth: 8.27, paperHeight: 11.69, printBackground: false})
    return Buffer.from(data as string, 'base64')
  }

  close(): Promise<void> {
    const closed = new Promise<void>((resolve) => this.child.on('close', () => resolve()))
    this.child.kill('SIGKILL')
    return closed
  }

  async #send(method: string, params: object = {}): Promise<Record<string, unknown>> {
    const id = this.#next++
    const answer = new Promise<Message>((resolve) => this.#waiting.set(id, resolve))
    const session = this.#session === undefined ? {} : {sessionId: this.#session}
    this.input.write(`${JSON.stringify({id, method, params, ...session})}\0`)
    const {result = {}, error} = await answer
    if (error) throw new Error(`${method}: ${error.message}`)
    return result
  }

  #hear(message: Message): void {
    if (message.id !== undefined) {
      this.#waiting.get(message.id)?.(message)
      this.#waiting.delete(message.id)
      return
    }
    const {method, params} = message
    const index = this.#events.findIndex((event) => event.method === method)
    if (index >= 0) this.#events.splice(index, 1)[0]!.heard()
    if (method === 'Runtime.consoleAPICalled' || method === 'Runtime.exceptionThrown' || method === 'Log.entryAdded') {
      this.complaints.push(JSON.stringify(params))
    }
    const url = (params?.request as {url?: string} | undefined)?.url
    if (method === 'Network.requestWillBeSent' && url && !/^(file|data|about):/.test(url)) this.complaints.push(url)
  }
}
