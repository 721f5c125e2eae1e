import { Construct } from 'constructs';
import * as cdktn from 'cdktf';
export interface ImageConfig extends cdktn.TerraformMetaArguments {
    /**
    * SHA-256 of the file as it lies at path or url, e.g. sha256:<64 hex digits>.
    */
    readonly checksum?: string;
    /**
    * Terraform cannot destroy the image until this is applied as false. Default false. Images that clusters use cannot be deleted anyway.
    */
    readonly deletionProtection?: boolean | cdktn.IResolvable;
    /**
    * Name of the image in the pool.
    */
    readonly name: string;
    /**
    * File on the machine that runs Terraform, raw or qcow2. Exactly one of path and url.
    */
    readonly path?: string;
    /**
    * Time limits of operations, as durations such as 90s or 1h30m. Where one passes, the operation fails and says so.
    */
    readonly timeouts?: ImageTimeouts;
    /**
    * Where to download the image, raw or qcow2. Needs checksum. Exactly one of path and url.
    */
    readonly url?: string;
}
export interface ImageTimeouts {
    /**
    * Longest time that create may take. Default 6h.
    */
    readonly create?: string;
    /**
    * Longest time that delete may take. Default 5m.
    */
    readonly delete?: string;
    /**
    * Longest time that read may take. Default 2m.
    */
    readonly read?: string;
    /**
    * Longest time that update may take. Default 6h.
    */
    readonly update?: string;
}
export declare function imageTimeoutsToTerraform(struct?: ImageTimeouts | cdktn.IResolvable): any;
export declare function imageTimeoutsToHclTerraform(struct?: ImageTimeouts | cdktn.IResolvable): any;
export declare class ImageTimeoutsOutputReference extends cdktn.ComplexObject {
    private isEmptyObject;
    private resolvableValue?;
    /**
    * @param terraformResource The parent resource
    * @param terraformAttribute The attribute on the parent resource this class is referencing
    */
    constructor(terraformResource: cdktn.IInterpolatingParent, terraformAttribute: string);
    get internalValue(): ImageTimeouts | cdktn.IResolvable | undefined;
    set internalValue(value: ImageTimeouts | cdktn.IResolvable | undefined);
    private _create?;
    get create(): string;
    set create(value: string);
    resetCreate(): void;
    get createInput(): string | undefined;
    private _delete?;
    get delete(): string;
    set delete(value: string);
    resetDelete(): void;
    get deleteInput(): string | undefined;
    private _read?;
    get read(): string;
    set read(value: string);
    resetRead(): void;
    get readInput(): string | undefined;
    private _update?;
    get update(): string;
    set update(value: string);
    resetUpdate(): void;
    get updateInput(): string | undefined;
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
    private _deletionProtection?;
    get deletionProtection(): boolean | cdktn.IResolvable;
    set deletionProtection(value: boolean | cdktn.IResolvable);
    resetDeletionProtection(): void;
    get deletionProtectionInput(): boolean | cdktn.IResolvable | undefined;
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
    private _timeouts;
    get timeouts(): ImageTimeoutsOutputReference;
    putTimeouts(value: ImageTimeouts): void;
    resetTimeouts(): void;
    get timeoutsInput(): cdktn.IResolvable | ImageTimeouts | undefined;
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
