#!/usr/bin/env node
import {existsSync, readFileSync} from 'node:fs'

const words = process.argv.slice(2)
if (words.length === 1 && words[0] === '--version') {
  // Answered here: loading the command framework takes longer than everything else about this question.
  const {version} = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8'))
  process.stdout.write(`vwt/${version} ${process.platform}-${process.arch} node-${process.version}\n`)
} else if (existsSync(new URL('../dist/commands/base/main.js', import.meta.url))) {
  const {main} = await import('../dist/commands/base/main.js')
  await main(words)
} else {
  process.stderr.write('error: vwt is not built yet\n  try: npm run build\n')
  process.exitCode = 70
}
