using Rekey.Contract.Problems;
using Rekey.Ra.Operators;

namespace Rekey.Ra.Subscribers.Import;

/// <summary>A row of a table and what was made of it.</summary>
/// <param name="Number">Its number.</param>
/// <param name="Subscriber">Who stands there; null when something is wrong.</param>
/// <param name="Errors">What is wrong.</param>
internal sealed record ReadRow(int Number, Subscriber? Subscriber, IReadOnlyList<RowError> Errors);

/// <summary>Reads a file as a table of subscribers, some rows at a time.</summary>
internal static class SubscriberTable
{
    /// <summary>Rows at a time: what one transaction writes.</summary>
    public const int RowsAtATime = 500;

    private static readonly ImportColumn[] Required = [ImportColumn.Name];

    /// <summary>The rows of a file. Of them only identifiers are remembered, to find those that stand there twice.</summary>
    /// <param name="file">Seekable.</param>
    /// <param name="scope">Whom it may have.</param>
    /// <param name="now">The present moment.</param>
    /// <exception cref="ProblemException">RK-3301 to RK-3307.</exception>
    public static IEnumerable<ReadRow[]> Read(Stream file, OperatorScope scope, DateTimeOffset now) => Rows(file, scope, now).Chunk(RowsAtATime);

    private static IEnumerable<ReadRow> Rows(Stream file, OperatorScope scope, DateTimeOffset now)
    {
        IReadOnlyList<ImportHeading>? headings = null;
        var rowOf = new Dictionary<string, int>();
        foreach (var row in Sheet.Read(file))
        {
            if (headings is null)
            {
                headings = Headings(row);
                continue;
            }

            var (subscriber, errors) = SubscriberRow.Read(row, headings, now, scope);
            if (subscriber is not null && !rowOf.TryAdd(subscriber.StableId, row.Number))
            {
                var first = rowOf[subscriber.StableId].ToString(System.Globalization.CultureInfo.InvariantCulture);
                (subscriber, errors) = (null, [new(row.Number, ImportColumn.Id, RowFault.Doubled, first)]);
            }

            yield return new(row.Number, subscriber, errors);
        }

        if (headings is null)
        {
            throw new ProblemException(Problems.ColumnMissing(Names(Required.Select(ImportHeading.Of))));
        }
    }

    private static List<ImportHeading> Headings(SheetRow row)
    {
        var texts = (row.Cells ?? throw new ProblemException(Problems.TableBroken())).Select(c => c.Text.TrimStart('\uFEFF')).ToList();
        var known = texts.Select(ImportHeading.Find).ToList();
        var wrong = texts.Where((_, i) => known[i] is null || known.IndexOf(known[i]) < i).Select(t => t.Length == 0 ? "“”" : t[..Math.Min(t.Length, 20)]).ToList();
        if (wrong.Count > 0)
        {
            throw new ProblemException(Problems.ColumnUnknown(string.Join(", ", wrong.Take(10)), Names(ImportHeading.All)));
        }

        var missing = Required.Select(ImportHeading.Of).Except(known.OfType<ImportHeading>()).ToList();
        return missing.Count == 0 ? [.. known.OfType<ImportHeading>()] : throw new ProblemException(Problems.ColumnMissing(Names(missing)));
    }

    private static string Names(IEnumerable<ImportHeading> headings) => string.Join(", ", headings.Select(h => $"{h.Chinese} ({h.English})"));
}
