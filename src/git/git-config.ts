/** Where training code is cloned from: the SDK's `git_config`, with secrets by reference only. */
export interface GitConfig {
  /** `https://…`, `ssh://…` or `git@host:path`. */
  repo: string
  /** A branch or a tag. Absent: the repository's default branch. */
  branch?: string
  /** 7 to 40 hexadecimal digits; wins over `branch`, which must exist all the same. */
  commit?: string
  username?: string
  /** References (`env:NAME`), never values. */
  password?: string
  token?: string
}
