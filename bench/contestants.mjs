// Contestants in processes of their own: each keeps its session, its threads and its caches to itself.
import {fork} from 'node:child_process'
import {fileURLToPath} from 'node:url'

/**
 * Runs a script once more as one of its contestants, behind its own arguments and `--contestant NAME`. The contestant sends
 * a message when it is ready, and one for each that it is asked.
 *
 * @param script `import.meta.url` of the script.
 */
export async function startContestant(script, name) {
  const child = fork(fileURLToPath(script), [...process.argv.slice(2), '--contestant', name], {
    serialization: 'advanced',
  })
  const answer = () =>
    new Promise((done, fail) => {
      child.once('message', done)
      child.once('exit', (status) => fail(new Error(`${name} ended with ${status}.`)))
    })
  await answer()
  return {
    ask(question) {
      child.removeAllListeners('exit')
      const answered = answer()
      child.send(question)
      return answered
    },
    stop() {
      child.removeAllListeners('exit')
      child.kill()
    },
  }
}
