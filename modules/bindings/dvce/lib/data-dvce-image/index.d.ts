import { Construct } from 'constructs';
import * as cdktn from 'cdktf';
export interface DataDvceImageConfig extends cdktn.TerraformMetaArguments {
    /**
    * Name of the image in the pool.
    */
    readonly name: string;
    /**
    * The version to look at. Default: the newest.
    */
    readonly version?: string;
}
export interface DataDvceImageReplicas {
}
export declare function dataDvceImageReplicasToTerraform(struct?: DataDvceImageReplicas): any;
export declare function dataDvceImageReplicasToHclTerraform(struct?: DataDvceImageReplicas): any;
export declare class DataDvceImageReplicasOutputReference extends cdktn.ComplexObject {
    private isEmptyObject;
    /**
    * @param terraformResource The parent resource
    * @param terraformAttribute The attribute on the parent resource this class is referencing
    * @param complexObjectIndex the index of this item in the list
    * @param complexObjectIsFromSet whether the list is wrapping a set (will add tolist() to be able to access an item via an index)
    */
    constructor(terraformResource: cdktn.IInterpolatingParent, terraformAttribute: string, complexObjectIndex: number, complexObjectIsFromSet: boolean);
    get internalValue(): DataDvceImageReplicas | undefined;
    set internalValue(value: DataDvceImageReplicas | undefined);
    get nodeAttribute(): string;
    get presentBytes(): number;
}
export declare class DataDvceImageReplicasList extends cdktn.ComplexList {
    /**
    * @param terraformResource The parent resource
    * @param terraformAttribute The attribute on the parent resource this class is referencing
    * @param wrapsSet whether the list is wrapping a set (will add tolist() to be able to access an item via an index)
    */
    constructor(terraformResource: cdktn.IInterpolatingParent, terraformAttribute: string, wrapsSet: boolean);
    /**
    * @param index the index of the item to return
    */
    get(index: number): DataDvceImageReplicasOutputReference;
}
export interface DataDvceImageVersionsReplicas {
}
export declare function dataDvceImageVersionsReplicasToTerraform(struct?: DataDvceImageVersionsReplicas): any;
export declare function dataDvceImageVersionsReplicasToHclTerraform(struct?: DataDvceImageVersionsReplicas): any;
export declare class DataDvceImageVersionsReplicasOutputReference extends cdktn.ComplexObject {
    private isEmptyObject;
    /**
    * @param terraformResource The parent resource
    * @param terraformAttribute The attribute on the parent resource this class is referencing
    * @param complexObjectIndex the index of this item in the list
    * @param complexObjectIsFromSet whether the list is wrapping a set (will add tolist() to be able to access an item via an index)
    */
    constructor(terraformResource: cdktn.IInterpolatingParent, terraformAttribute: string, complexObjectIndex: number, complexObjectIsFromSet: boolean);
    get internalValue(): DataDvceImageVersionsReplicas | undefined;
    set internalValue(value: DataDvceImageVersionsReplicas | undefined);
    get nodeAttribute(): string;
    get presentBytes(): number;
}
export declare class DataDvceImageVersionsReplicasList extends cdktn.ComplexList {
    /**
    * @param terraformResource The parent resource
    * @param terraformAttribute The attribute on the parent resource this class is referencing
    * @param wrapsSet whether the list is wrapping a set (will add tolist() to be able to access an item via an index)
    */
    constructor(terraformResource: cdktn.IInterpolatingParent, terraformAttribute: string, wrapsSet: boolean);
    /**
    * @param index the index of the item to return
    */
    get(index: number): DataDvceImageVersionsReplicasOutputReference;
}
export interface DataDvceImageVersions {
}
export declare function dataDvceImageVersionsToTerraform(struct?: DataDvceImageVersions): any;
export declare function dataDvceImageVersionsToHclTerraform(struct?: DataDvceImageVersions): any;
export declare class DataDvceImageVersionsOutputReference extends cdktn.ComplexObject {
    private isEmptyObject;
    /**
    * @param terraformResource The parent resource
    * @param terraformAttribute The attribute on the parent resource this class is referencing
    * @param complexObjectIndex the index of this item in the list
    * @param complexObjectIsFromSet whether the list is wrapping a set (will add tolist() to be able to access an item via an index)
    */
    constructor(terraformResource: cdktn.IInterpolatingParent, terraformAttribute: string, complexObjectIndex: number, complexObjectIsFromSet: boolean);
    get internalValue(): DataDvceImageVersions | undefined;
    set internalValue(value: DataDvceImageVersions | undefined);
    get chunkCount(): number;
    get createdAt(): string;
    get dataBytes(): number;
    get lostChunks(): number;
    private _replicas;
    get replicas(): DataDvceImageVersionsReplicasList;
    get sizeBytes(): number;
    get state(): string;
    get version(): string;
}
export declare class DataDvceImageVersionsList extends cdktn.ComplexList {
    /**
    * @param terraformResource The parent resource
    * @param terraformAttribute The attribute on the parent resource this class is referencing
    * @param wrapsSet whether the list is wrapping a set (will add tolist() to be able to access an item via an index)
    */
    constructor(terraformResource: cdktn.IInterpolatingParent, terraformAttribute: string, wrapsSet: boolean);
    /**
    * @param index the index of the item to return
    */
    get(index: number): DataDvceImageVersionsOutputReference;
}
/**
* Represents a dvce_image
*/
export declare class DataDvceImage extends cdktn.TerraformDataSource {
    static readonly tfResourceType = "dvce_image";
    /**
    * Generates CDKTN code for importing a DataDvceImage resource upon running "cdktn plan <stack-name>"
    * @param scope The scope in which to define this construct
    * @param importToId The construct id used in the generated config for the DataDvceImage to import
    * @param importFromId The id of the existing DataDvceImage that should be imported. Refer to the import section in the documentation of this resource for the id to use
    * @param provider? Optional instance of the provider where the DataDvceImage to import is found
    */
    static generateConfigForImport(scope: Construct, importToId: string, importFromId: string, provider?: cdktn.TerraformProvider): cdktn.ImportableResource;
    /**
    * Create a new dvce_image Data Source
    *
    * @param scope The scope in which to define this construct
    * @param id The scoped construct ID. Must be unique amongst siblings in the same scope
    * @param options DataDvceImageConfig
    */
    constructor(scope: Construct, id: string, config: DataDvceImageConfig);
    get chunkCount(): number;
    get dataBytes(): number;
    get id(): string;
    private _name?;
    get name(): string;
    set name(value: string);
    get nameInput(): string | undefined;
    get newest(): string;
    private _replicas;
    get replicas(): DataDvceImageReplicasList;
    get sizeBytes(): number;
    private _version?;
    get version(): string;
    set version(value: string);
    resetVersion(): void;
    get versionInput(): string | undefined;
    private _versions;
    get versions(): DataDvceImageVersionsList;
    protected synthesizeAttributes(): {
        [name: string]: any;
    };
    protected synthesizeHclAttributes(): {
        [name: string]: any;
    };
}
