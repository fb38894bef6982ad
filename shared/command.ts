/**
 * Runs a program by its command line: prints how it is used when settings are wrong or asked for.
 *
 * @param read The settings; undefined when the command line asks for help; throws where it is wrong.
 */
export function runCommand<Settings>(
  read: () => Settings | undefined,
  usage: string,
  run: (settings: Settings) => Promise<void>,
): void {
  let settings: Settings | undefined;
  try {
    settings = read();
  } catch (error) {
    console.error(`${(error as Error).message}\n\n${usage}`);
    process.exitCode = 1;
    return;
  }
  if (settings === undefined) console.log(usage);
  else void run(settings);
}
