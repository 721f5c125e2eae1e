import { Construct } from 'constructs';
import * as cdktn from 'cdktf';
export interface VolumeConfig extends cdktn.TerraformMetaArguments {
    /**
    * Name of the cluster, from dvce_cluster.
    */
    readonly cluster: string;
    /**
    * Size of the volume in GiB; the same as the member's.
    */
    readonly diskGib: number;
    /**
    * Host name that the guest takes. Default: the member's name.
    */
    readonly hostname?: string;
    /**
    * Name of the member.
    */
    readonly member: string;
    /**
    * Node that the member is placed on, from dvce_cluster's placements.
    */
    readonly nodeAttribute: string;
    /**
    * Public SSH keys that may log in as the image's default user.
    */
    readonly sshAuthorizedKeys?: string[];
    /**
    * Time limits of operations, as durations such as 90s or 1h30m. Where one passes, the operation fails and says so.
    */
    readonly timeouts?: VolumeTimeouts;
    /**
    * cloud-config, or other user data that cloud-init takes.
    */
    readonly userData?: string;
    /**
    * Version of the image under the volume; the same as the member's.
    */
    readonly version: string;
}
export interface VolumeTimeouts {
    /**
    * Longest time that create may take. Default 1h.
    */
    readonly create?: string;
    /**
    * Longest time that delete may take. Default 10m.
    */
    readonly delete?: string;
    /**
    * Longest time that read may take. Default 2m.
    */
    readonly read?: string;
    /**
    * Longest time that update may take. Default 5m.
    */
    readonly update?: string;
}
export declare function volumeTimeoutsToTerraform(struct?: VolumeTimeouts | cdktn.IResolvable): any;
export declare function volumeTimeoutsToHclTerraform(struct?: VolumeTimeouts | cdktn.IResolvable): any;
export declare class VolumeTimeoutsOutputReference extends cdktn.ComplexObject {
    private isEmptyObject;
    private resolvableValue?;
    /**
    * @param terraformResource The parent resource
    * @param terraformAttribute The attribute on the parent resource this class is referencing
    */
    constructor(terraformResource: cdktn.IInterpolatingParent, terraformAttribute: string);
    get internalValue(): VolumeTimeouts | cdktn.IResolvable | undefined;
    set internalValue(value: VolumeTimeouts | cdktn.IResolvable | undefined);
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
* Represents a dvce_volume
*/
export declare class Volume extends cdktn.TerraformResource {
    static readonly tfResourceType = "dvce_volume";
    /**
    * Generates CDKTN code for importing a Volume resource upon running "cdktn plan <stack-name>"
    * @param scope The scope in which to define this construct
    * @param importToId The construct id used in the generated config for the Volume to import
    * @param importFromId The id of the existing Volume that should be imported. Refer to the import section in the documentation of this resource for the id to use
    * @param provider? Optional instance of the provider where the Volume to import is found
    */
    static generateConfigForImport(scope: Construct, importToId: string, importFromId: string, provider?: cdktn.TerraformProvider): cdktn.ImportableResource;
    /**
    * Create a new dvce_volume Resource
    *
    * @param scope The scope in which to define this construct
    * @param id The scoped construct ID. Must be unique amongst siblings in the same scope
    * @param options VolumeConfig
    */
    constructor(scope: Construct, id: string, config: VolumeConfig);
    private _cluster?;
    get cluster(): string;
    set cluster(value: string);
    get clusterInput(): string | undefined;
    get createdAt(): string;
    private _diskGib?;
    get diskGib(): number;
    set diskGib(value: number);
    get diskGibInput(): number | undefined;
    private _hostname?;
    get hostname(): string;
    set hostname(value: string);
    resetHostname(): void;
    get hostnameInput(): string | undefined;
    get id(): string;
    private _member?;
    get member(): string;
    set member(value: string);
    get memberInput(): string | undefined;
    private _node?;
    get nodeAttribute(): string;
    set nodeAttribute(value: string);
    get nodeAttributeInput(): string | undefined;
    get path(): string;
    get seedPath(): string;
    private _sshAuthorizedKeys?;
    get sshAuthorizedKeys(): string[];
    set sshAuthorizedKeys(value: string[]);
    resetSshAuthorizedKeys(): void;
    get sshAuthorizedKeysInput(): string[] | undefined;
    private _timeouts;
    get timeouts(): VolumeTimeoutsOutputReference;
    putTimeouts(value: VolumeTimeouts): void;
    resetTimeouts(): void;
    get timeoutsInput(): cdktn.IResolvable | VolumeTimeouts | undefined;
    private _userData?;
    get userData(): string;
    set userData(value: string);
    resetUserData(): void;
    get userDataInput(): string | undefined;
    private _version?;
    get version(): string;
    set version(value: string);
    get versionInput(): string | undefined;
    protected synthesizeAttributes(): {
        [name: string]: any;
    };
    protected synthesizeHclAttributes(): {
        [name: string]: any;
    };
}
