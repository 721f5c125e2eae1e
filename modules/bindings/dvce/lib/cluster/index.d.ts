import { Construct } from 'constructs';
import * as cdktn from 'cdktf';
export interface ClusterConfig extends cdktn.TerraformMetaArguments {
    /**
    * No two members of this cluster on one node. Default false.
    */
    readonly antiAffinity?: boolean | cdktn.IResolvable;
    /**
    * Members go to nodes of this architecture only: x86_64 or aarch64. Default: any.
    */
    readonly architecture?: string;
    /**
    * The cluster cannot be destroyed, neither by Terraform nor otherwise, until this is applied as false. Default false.
    */
    readonly deletionProtection?: boolean | cdktn.IResolvable;
    /**
    * By label, such as zone or rack: how many more members nodes of one value of that label may hold than nodes of any other value. Nodes without the label hold none.
    */
    readonly maxSkew?: {
        [key: string]: number;
    };
    /**
    * The cluster's virtual machines by name.
    */
    readonly members: {
        [key: string]: ClusterMembers;
    } | cdktn.IResolvable;
    /**
    * Name of the cluster in the pool.
    */
    readonly name: string;
    /**
    * Labels that a node must carry to hold a member.
    */
    readonly nodeSelector?: {
        [key: string]: string;
    };
    /**
    * What becomes of the disk of a member that has to move to another node. recreate: it gets a new, empty one. restore: its node copies what the old one holds. forbid: the plan fails and says who would move. Default recreate.
    */
    readonly onMove?: string;
    /**
    * Free text. The plan in which it changes places every member afresh, and moves those for whom it pays; without it members stay where they are.
    */
    readonly rebalance?: string;
    /**
    * Time limits of operations, as durations such as 90s or 1h30m. Where one passes, the operation fails and says so.
    */
    readonly timeouts?: ClusterTimeouts;
}
export interface ClusterMembers {
    /**
    * Size of the member's volume in GiB; at least the image's size.
    */
    readonly diskGib: number;
    /**
    * Memory in MiB.
    */
    readonly memoryMib: number;
    /**
    * Virtual processors.
    */
    readonly vcpus: number;
    /**
    * Version of the member's image, from dvce_image.
    */
    readonly version: string;
}
export declare function clusterMembersToTerraform(struct?: ClusterMembers | cdktn.IResolvable): any;
export declare function clusterMembersToHclTerraform(struct?: ClusterMembers | cdktn.IResolvable): any;
export declare class ClusterMembersOutputReference extends cdktn.ComplexObject {
    private isEmptyObject;
    private resolvableValue?;
    /**
    * @param terraformResource The parent resource
    * @param terraformAttribute The attribute on the parent resource this class is referencing
    * @param complexObjectKey the key of this item in the map
    */
    constructor(terraformResource: cdktn.IInterpolatingParent, terraformAttribute: string, complexObjectKey: string);
    get internalValue(): ClusterMembers | cdktn.IResolvable | undefined;
    set internalValue(value: ClusterMembers | cdktn.IResolvable | undefined);
    private _diskGib?;
    get diskGib(): number;
    set diskGib(value: number);
    get diskGibInput(): number | undefined;
    private _memoryMib?;
    get memoryMib(): number;
    set memoryMib(value: number);
    get memoryMibInput(): number | undefined;
    private _vcpus?;
    get vcpus(): number;
    set vcpus(value: number);
    get vcpusInput(): number | undefined;
    private _version?;
    get version(): string;
    set version(value: string);
    get versionInput(): string | undefined;
}
export declare class ClusterMembersMap extends cdktn.ComplexMap {
    internalValue?: {
        [key: string]: ClusterMembers;
    } | cdktn.IResolvable;
    /**
    * @param terraformResource The parent resource
    * @param terraformAttribute The attribute on the parent resource this class is referencing
    */
    constructor(terraformResource: cdktn.IInterpolatingParent, terraformAttribute: string);
    /**
    * @param key the key of the item to return
    */
    get(key: string): ClusterMembersOutputReference;
}
export interface ClusterPlacements {
}
export declare function clusterPlacementsToTerraform(struct?: ClusterPlacements): any;
export declare function clusterPlacementsToHclTerraform(struct?: ClusterPlacements): any;
export declare class ClusterPlacementsOutputReference extends cdktn.ComplexObject {
    private isEmptyObject;
    /**
    * @param terraformResource The parent resource
    * @param terraformAttribute The attribute on the parent resource this class is referencing
    * @param complexObjectKey the key of this item in the map
    */
    constructor(terraformResource: cdktn.IInterpolatingParent, terraformAttribute: string, complexObjectKey: string);
    get internalValue(): ClusterPlacements | undefined;
    set internalValue(value: ClusterPlacements | undefined);
    get alternatives(): string[];
    get domain(): string;
    get domainType(): string;
    get estimatedSeconds(): number;
    get missingBytes(): number;
    get nodeAttribute(): string;
    get reason(): string;
    get seedPath(): string;
    get volumePath(): string;
}
export declare class ClusterPlacementsMap extends cdktn.ComplexMap {
    /**
    * @param terraformResource The parent resource
    * @param terraformAttribute The attribute on the parent resource this class is referencing
    */
    constructor(terraformResource: cdktn.IInterpolatingParent, terraformAttribute: string);
    /**
    * @param key the key of the item to return
    */
    get(key: string): ClusterPlacementsOutputReference;
}
export interface ClusterTimeouts {
    /**
    * Longest time that create may take. Default 5m.
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
    * Longest time that update may take. Default 5m.
    */
    readonly update?: string;
}
export declare function clusterTimeoutsToTerraform(struct?: ClusterTimeouts | cdktn.IResolvable): any;
export declare function clusterTimeoutsToHclTerraform(struct?: ClusterTimeouts | cdktn.IResolvable): any;
export declare class ClusterTimeoutsOutputReference extends cdktn.ComplexObject {
    private isEmptyObject;
    private resolvableValue?;
    /**
    * @param terraformResource The parent resource
    * @param terraformAttribute The attribute on the parent resource this class is referencing
    */
    constructor(terraformResource: cdktn.IInterpolatingParent, terraformAttribute: string);
    get internalValue(): ClusterTimeouts | cdktn.IResolvable | undefined;
    set internalValue(value: ClusterTimeouts | cdktn.IResolvable | undefined);
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
* Represents a dvce_cluster
*/
export declare class Cluster extends cdktn.TerraformResource {
    static readonly tfResourceType = "dvce_cluster";
    /**
    * Generates CDKTN code for importing a Cluster resource upon running "cdktn plan <stack-name>"
    * @param scope The scope in which to define this construct
    * @param importToId The construct id used in the generated config for the Cluster to import
    * @param importFromId The id of the existing Cluster that should be imported. Refer to the import section in the documentation of this resource for the id to use
    * @param provider? Optional instance of the provider where the Cluster to import is found
    */
    static generateConfigForImport(scope: Construct, importToId: string, importFromId: string, provider?: cdktn.TerraformProvider): cdktn.ImportableResource;
    /**
    * Create a new dvce_cluster Resource
    *
    * @param scope The scope in which to define this construct
    * @param id The scoped construct ID. Must be unique amongst siblings in the same scope
    * @param options ClusterConfig
    */
    constructor(scope: Construct, id: string, config: ClusterConfig);
    private _antiAffinity?;
    get antiAffinity(): boolean | cdktn.IResolvable;
    set antiAffinity(value: boolean | cdktn.IResolvable);
    resetAntiAffinity(): void;
    get antiAffinityInput(): boolean | cdktn.IResolvable | undefined;
    private _architecture?;
    get architecture(): string;
    set architecture(value: string);
    resetArchitecture(): void;
    get architectureInput(): string | undefined;
    private _deletionProtection?;
    get deletionProtection(): boolean | cdktn.IResolvable;
    set deletionProtection(value: boolean | cdktn.IResolvable);
    resetDeletionProtection(): void;
    get deletionProtectionInput(): boolean | cdktn.IResolvable | undefined;
    get id(): string;
    private _maxSkew?;
    get maxSkew(): {
        [key: string]: number;
    };
    set maxSkew(value: {
        [key: string]: number;
    });
    resetMaxSkew(): void;
    get maxSkewInput(): {
        [key: string]: number;
    } | undefined;
    private _members;
    get members(): ClusterMembersMap;
    putMembers(value: {
        [key: string]: ClusterMembers;
    } | cdktn.IResolvable): void;
    get membersInput(): cdktn.IResolvable | {
        [key: string]: ClusterMembers;
    } | undefined;
    private _name?;
    get name(): string;
    set name(value: string);
    get nameInput(): string | undefined;
    private _nodeSelector?;
    get nodeSelector(): {
        [key: string]: string;
    };
    set nodeSelector(value: {
        [key: string]: string;
    });
    resetNodeSelector(): void;
    get nodeSelectorInput(): {
        [key: string]: string;
    } | undefined;
    private _onMove?;
    get onMove(): string;
    set onMove(value: string);
    resetOnMove(): void;
    get onMoveInput(): string | undefined;
    private _placements;
    get placements(): ClusterPlacementsMap;
    private _rebalance?;
    get rebalance(): string;
    set rebalance(value: string);
    resetRebalance(): void;
    get rebalanceInput(): string | undefined;
    private _timeouts;
    get timeouts(): ClusterTimeoutsOutputReference;
    putTimeouts(value: ClusterTimeouts): void;
    resetTimeouts(): void;
    get timeoutsInput(): cdktn.IResolvable | ClusterTimeouts | undefined;
    protected synthesizeAttributes(): {
        [name: string]: any;
    };
    protected synthesizeHclAttributes(): {
        [name: string]: any;
    };
}
