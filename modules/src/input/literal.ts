/**
 * Text that reaches the guest as it was given. Terraform takes every string for a template, so a shell script's
 * `${HOME}` would be an unknown reference; only expressions that come from constructs (tokens, which cdktf marks
 * `${TfToken[…]}`) are left to Terraform.
 */
export const literal = (text: string): string =>
  text.replaceAll(/\$\{(?!TfToken\[)/g, () => "$${").replaceAll("%{", () => "%%{");
