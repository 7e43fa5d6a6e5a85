using System.Globalization;

namespace PancreasSeg.Dicom;

/// <summary>Content items of a structured report (PS3.3 C.17.3).</summary>
internal static class ContentItem
{
    /// <summary>Makes a data set the root of a report's content.</summary>
    /// <param name="dataset">The data set.</param>
    /// <param name="name">Concept of the document's title.</param>
    /// <param name="template">Number of the template, e.g. <c>1500</c>.</param>
    /// <param name="items">The content.</param>
    public static void Fill(DicomItem dataset, DicomCode name, string? template, params DicomItem[] items)
    {
        dataset.Text(DicomTag.ValueType, "CONTAINER")
            .Code(DicomTag.ConceptNameCodeSequence, name)
            .Text(DicomTag.ContinuityOfContent, "SEPARATE")
            .Sequence(DicomTag.ContentSequence, items);
        if (template is not null)
            dataset.Sequence(DicomTag.ContentTemplateSequence, new DicomItem().Text(DicomTag.MappingResource, "DCMR")
                .Text(DicomTag.TemplateIdentifier, template));
    }

    public static DicomItem Container(string relation, DicomCode name, string? template, params DicomItem[] items)
    {
        DicomItem item = new DicomItem().Text(DicomTag.RelationshipType, relation);
        Fill(item, name, template, items);
        return item;
    }

    public static DicomItem Code(string relation, DicomCode name, DicomCode value) =>
        Item(relation, "CODE", name).Code(DicomTag.ConceptCodeSequence, value);

    public static DicomItem Text(string relation, DicomCode name, string value) => Item(relation, "TEXT", name)
        .Text(DicomTag.TextValue, value);

    public static DicomItem Uid(string relation, DicomCode name, string value) => Item(relation, "UIDREF", name)
        .Text(DicomTag.UidValue, value);

    public static DicomItem Image(string relation, DicomCode name, DicomItem reference) =>
        Item(relation, "IMAGE", name).Sequence(DicomTag.ReferencedSopSequence, reference);

    /// <summary>A number with two decimals.</summary>
    public static DicomItem Number(string relation, DicomCode name, double value, DicomCode unit) => Item(relation, "NUM", name)
        .Sequence(DicomTag.MeasuredValueSequence, new DicomItem()
            .Code(DicomTag.MeasurementUnitsCodeSequence, unit)
            .Text(DicomTag.NumericValue, value.ToString("0.00", CultureInfo.InvariantCulture)));

    private static DicomItem Item(string relation, string type, DicomCode name) => new DicomItem()
        .Text(DicomTag.RelationshipType, relation).Text(DicomTag.ValueType, type).Code(DicomTag.ConceptNameCodeSequence, name);
}
