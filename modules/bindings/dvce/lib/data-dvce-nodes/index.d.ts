import { Construct } from 'constructs';
import * as cdktn from 'cdktf';
export interface DataDvceNodesConfig extends cdktn.TerraformMetaArguments {
}
export interface DataDvceNodesNodes {
}
export declare function dataDvceNodesNodesToTerraform(struct?: DataDvceNodesNodes): any;
export declare function dataDvceNodesNodesToHclTerraform(struct?: DataDvceNodesNodes): any;
export declare class DataDvceNodesNodesOutputReference extends cdktn.ComplexObject {
    private isEmptyObject;
    /**
    * @param terraformResource The parent resource
    * @param terraformAttribute The attribute on the parent resource this class is referencing
    * @param complexObjectIndex the index of this item in the list
    * @param complexObjectIsFromSet whether the list is wrapping a set (will add tolist() to be able to access an item via an index)
    */
    constructor(terraformResource: cdktn.IInterpolatingParent, terraformAttribute: string, complexObjectIndex: number, complexObjectIsFromSet: boolean);
    get internalValue(): DataDvceNodesNodes | undefined;
    set internalValue(value: DataDvceNodesNodes | undefined);
    get allocatedDiskBytes(): number;
    get allocatedMemoryMib(): number;
    get allocatedVcpus(): number;
    get architecture(): string;
    get diskBytes(): number;
    get diskFreeBytes(): number;
    get domainType(): string;
    private _labels;
    get labels(): cdktn.StringMap;
    get lastSeenAt(): string;
    get linkBytesPerSecond(): number;
    get memoryMib(): number;
    get name(): string;
    get state(): string;
    get storeBytes(): number;
    get vcpus(): number;
}
export declare class DataDvceNodesNodesList extends cdktn.ComplexList {
    /**
    * @param terraformResource The parent resource
    * @param terraformAttribute The attribute on the parent resource this class is referencing
    * @param wrapsSet whether the list is wrapping a set (will add tolist() to be able to access an item via an index)
    */
    constructor(terraformResource: cdktn.IInterpolatingParent, terraformAttribute: string, wrapsSet: boolean);
    /**
    * @param index the index of the item to return
    */
    get(index: number): DataDvceNodesNodesOutputReference;
}
/**
* Represents a dvce_nodes
*/
export declare class DataDvceNodes extends cdktn.TerraformDataSource {
    static readonly tfResourceType = "dvce_nodes";
    /**
    * Generates CDKTN code for importing a DataDvceNodes resource upon running "cdktn plan <stack-name>"
    * @param scope The scope in which to define this construct
    * @param importToId The construct id used in the generated config for the DataDvceNodes to import
    * @param importFromId The id of the existing DataDvceNodes that should be imported. Refer to the import section in the documentation of this resource for the id to use
    * @param provider? Optional instance of the provider where the DataDvceNodes to import is found
    */
    static generateConfigForImport(scope: Construct, importToId: string, importFromId: string, provider?: cdktn.TerraformProvider): cdktn.ImportableResource;
    /**
    * Create a new dvce_nodes Data Source
    *
    * @param scope The scope in which to define this construct
    * @param id The scoped construct ID. Must be unique amongst siblings in the same scope
    * @param options DataDvceNodesConfig = {}
    */
    constructor(scope: Construct, id: string, config?: DataDvceNodesConfig);
    private _nodes;
    get nodes(): DataDvceNodesNodesList;
    protected synthesizeAttributes(): {
        [name: string]: any;
    };
    protected synthesizeHclAttributes(): {
        [name: string]: any;
    };
}
