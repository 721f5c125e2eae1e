import { Construct } from 'constructs';
import * as cdktn from 'cdktf';
export interface DataDvceImageHistoryConfig extends cdktn.TerraformMetaArguments {
    /**
    * Only the newest so many. Default 1000.
    */
    readonly limit?: number;
    /**
    * Name of the image; one that was deleted has a history too.
    */
    readonly name: string;
    /**
    * Only events at or after this time, RFC 3339 in UTC.
    */
    readonly since?: string;
    /**
    * Only events before this time, RFC 3339 in UTC.
    */
    readonly until?: string;
}
export interface DataDvceImageHistoryEvents {
}
export declare function dataDvceImageHistoryEventsToTerraform(struct?: DataDvceImageHistoryEvents): any;
export declare function dataDvceImageHistoryEventsToHclTerraform(struct?: DataDvceImageHistoryEvents): any;
export declare class DataDvceImageHistoryEventsOutputReference extends cdktn.ComplexObject {
    private isEmptyObject;
    /**
    * @param terraformResource The parent resource
    * @param terraformAttribute The attribute on the parent resource this class is referencing
    * @param complexObjectIndex the index of this item in the list
    * @param complexObjectIsFromSet whether the list is wrapping a set (will add tolist() to be able to access an item via an index)
    */
    constructor(terraformResource: cdktn.IInterpolatingParent, terraformAttribute: string, complexObjectIndex: number, complexObjectIsFromSet: boolean);
    get internalValue(): DataDvceImageHistoryEvents | undefined;
    set internalValue(value: DataDvceImageHistoryEvents | undefined);
    get at(): string;
    get cluster(): string;
    get detail(): string;
    get domain(): string;
    get kind(): string;
    get nodeAttribute(): string;
    get number(): number;
    get version(): string;
}
export declare class DataDvceImageHistoryEventsList extends cdktn.ComplexList {
    /**
    * @param terraformResource The parent resource
    * @param terraformAttribute The attribute on the parent resource this class is referencing
    * @param wrapsSet whether the list is wrapping a set (will add tolist() to be able to access an item via an index)
    */
    constructor(terraformResource: cdktn.IInterpolatingParent, terraformAttribute: string, wrapsSet: boolean);
    /**
    * @param index the index of the item to return
    */
    get(index: number): DataDvceImageHistoryEventsOutputReference;
}
/**
* Represents a dvce_image_history
*/
export declare class DataDvceImageHistory extends cdktn.TerraformDataSource {
    static readonly tfResourceType = "dvce_image_history";
    /**
    * Generates CDKTN code for importing a DataDvceImageHistory resource upon running "cdktn plan <stack-name>"
    * @param scope The scope in which to define this construct
    * @param importToId The construct id used in the generated config for the DataDvceImageHistory to import
    * @param importFromId The id of the existing DataDvceImageHistory that should be imported. Refer to the import section in the documentation of this resource for the id to use
    * @param provider? Optional instance of the provider where the DataDvceImageHistory to import is found
    */
    static generateConfigForImport(scope: Construct, importToId: string, importFromId: string, provider?: cdktn.TerraformProvider): cdktn.ImportableResource;
    /**
    * Create a new dvce_image_history Data Source
    *
    * @param scope The scope in which to define this construct
    * @param id The scoped construct ID. Must be unique amongst siblings in the same scope
    * @param options DataDvceImageHistoryConfig
    */
    constructor(scope: Construct, id: string, config: DataDvceImageHistoryConfig);
    private _events;
    get events(): DataDvceImageHistoryEventsList;
    get id(): string;
    private _limit?;
    get limit(): number;
    set limit(value: number);
    resetLimit(): void;
    get limitInput(): number | undefined;
    private _name?;
    get name(): string;
    set name(value: string);
    get nameInput(): string | undefined;
    get olderEvents(): number;
    private _since?;
    get since(): string;
    set since(value: string);
    resetSince(): void;
    get sinceInput(): string | undefined;
    private _until?;
    get until(): string;
    set until(value: string);
    resetUntil(): void;
    get untilInput(): string | undefined;
    protected synthesizeAttributes(): {
        [name: string]: any;
    };
    protected synthesizeHclAttributes(): {
        [name: string]: any;
    };
}
