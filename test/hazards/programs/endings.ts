// How a child process ends while work is in flight.

/** @param start Puts work in flight. @param call Does some and waits. @param later Does some, and says when it is done. */
export function endWithWorkInFlight(start: () => void, call: () => void, later: () => Promise<unknown>): void {
  call();
  switch (process.argv[2]) {
    case 'exit':
      start();
      process.exit(7);
      break;
    case 'exit-later':
      start();
      setTimeout(() => process.exit(7), 3);
      break;
    case 'exit-handler':
      process.on('exit', () => {
        call();
        process.exitCode = 7;
      });
      start();
      break;
    case 'throw':
      start();
      process.on('uncaughtException', () => process.exit(7));
      setTimeout(() => {
        throw new Error('thrown on purpose');
      }, 1);
      break;
    case 'return':
      // Node waits for what is in flight.
      start();
      void later().then(() => console.log('done'));
      break;
    default:
      throw new Error(`no such ending: ${process.argv[2]}`);
  }
}
