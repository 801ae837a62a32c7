/** Somebody looked at a page. */
export interface Visit {
  readonly page: string;
  readonly visitor: string;
  readonly at: string;
}
