/** True if a word on the command line looks like a requirements or lock file that was meant for `-r`. */
export function looksLikeRequirements(word: string): boolean {
  return /(?:\.(?:txt|in|lock)|(?:^|[\\/])(?:pylock[\w.-]*\.toml|Pipfile\.lock))$/i.test(word);
}
