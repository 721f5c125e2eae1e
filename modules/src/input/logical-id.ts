/**
 * Terraform's address of a resource after its name in the pool (`libvirt_domain.site-web-0`), so that plans read well
 * and moving a construct within the stack's tree does not recreate what it stands for.
 *
 * @param name A name of `nameSchema` or two joined by '-'; Terraform's identifiers must not start with a digit.
 */
export const logicalId = (name: string): string => (/^[0-9]/.test(name) ? `_${name}` : name);
