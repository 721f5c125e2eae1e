import { Construct } from 'constructs';
import * as cdktn from 'cdktf';
export interface DvceProviderConfig {
    /**
    * Token for the controller, from `dvce token create`. Default: DVCE_TOKEN.
    */
    readonly token?: string;
    /**
    * Address of the pool's controller, e.g. http://127.0.0.1:7800. Default: DVCE_URL.
    */
    readonly url?: string;
    /**
    * Alias name
    */
    readonly alias?: string;
}
/**
* Represents a dvce
*/
export declare class DvceProvider extends cdktn.TerraformProvider {
    static readonly tfResourceType = "dvce";
    /**
    * Generates CDKTN code for importing a DvceProvider resource upon running "cdktn plan <stack-name>"
    * @param scope The scope in which to define this construct
    * @param importToId The construct id used in the generated config for the DvceProvider to import
    * @param importFromId The id of the existing DvceProvider that should be imported. Refer to the import section in the documentation of this resource for the id to use
    * @param provider? Optional instance of the provider where the DvceProvider to import is found
    */
    static generateConfigForImport(scope: Construct, importToId: string, importFromId: string, provider?: cdktn.TerraformProvider): cdktn.ImportableResource;
    /**
    * Create a new dvce Resource
    *
    * @param scope The scope in which to define this construct
    * @param id The scoped construct ID. Must be unique amongst siblings in the same scope
    * @param options DvceProviderConfig = {}
    */
    constructor(scope: Construct, id: string, config?: DvceProviderConfig);
    private _token?;
    get token(): string | undefined;
    set token(value: string | undefined);
    resetToken(): void;
    get tokenInput(): string | undefined;
    private _url?;
    get url(): string | undefined;
    set url(value: string | undefined);
    resetUrl(): void;
    get urlInput(): string | undefined;
    private _alias?;
    get alias(): string | undefined;
    set alias(value: string | undefined);
    resetAlias(): void;
    get aliasInput(): string | undefined;
    protected synthesizeAttributes(): {
        [name: string]: any;
    };
    protected synthesizeHclAttributes(): {
        [name: string]: any;
    };
}
