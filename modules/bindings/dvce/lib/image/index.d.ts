import { Construct } from 'constructs';
import * as cdktn from 'cdktf';
export interface ImageConfig extends cdktn.TerraformMetaArguments {
    /**
    * SHA-256 of the file as it lies at path or url, e.g. sha256:<64 hex digits>.
    */
    readonly checksum?: string;
    /**
    * Name of the image in the pool.
    */
    readonly name: string;
    /**
    * File on the machine that runs Terraform, raw or qcow2. Exactly one of path and url.
    */
    readonly path?: string;
    /**
    * Where to download the image, raw or qcow2. Needs checksum. Exactly one of path and url.
    */
    readonly url?: string;
}
/**
* Represents a dvce_image
*/
export declare class Image extends cdktn.TerraformResource {
    static readonly tfResourceType = "dvce_image";
    /**
    * Generates CDKTN code for importing a Image resource upon running "cdktn plan <stack-name>"
    * @param scope The scope in which to define this construct
    * @param importToId The construct id used in the generated config for the Image to import
    * @param importFromId The id of the existing Image that should be imported. Refer to the import section in the documentation of this resource for the id to use
    * @param provider? Optional instance of the provider where the Image to import is found
    */
    static generateConfigForImport(scope: Construct, importToId: string, importFromId: string, provider?: cdktn.TerraformProvider): cdktn.ImportableResource;
    /**
    * Create a new dvce_image Resource
    *
    * @param scope The scope in which to define this construct
    * @param id The scoped construct ID. Must be unique amongst siblings in the same scope
    * @param options ImageConfig
    */
    constructor(scope: Construct, id: string, config: ImageConfig);
    private _checksum?;
    get checksum(): string;
    set checksum(value: string);
    resetChecksum(): void;
    get checksumInput(): string | undefined;
    get chunkCount(): number;
    get dataBytes(): number;
    get id(): string;
    private _name?;
    get name(): string;
    set name(value: string);
    get nameInput(): string | undefined;
    private _path?;
    get path(): string;
    set path(value: string);
    resetPath(): void;
    get pathInput(): string | undefined;
    get sizeBytes(): number;
    private _url?;
    get url(): string;
    set url(value: string);
    resetUrl(): void;
    get urlInput(): string | undefined;
    get version(): string;
    protected synthesizeAttributes(): {
        [name: string]: any;
    };
    protected synthesizeHclAttributes(): {
        [name: string]: any;
    };
}
