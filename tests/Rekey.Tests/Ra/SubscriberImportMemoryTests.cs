using System.Globalization;
using System.Text;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using Rekey.Ra.Subscribers.Import;
using Rekey.Testing.Portal;

namespace Rekey.Tests.Ra;

/// <summary>Looks at the memory of the whole process, so nothing runs beside it.</summary>
[CollectionDefinition(nameof(AloneInTheProcess), DisableParallelization = true)]
public sealed class AloneInTheProcess;

/// <summary>Imports need the memory of a few batches, however long the table is.</summary>
[Collection(nameof(AloneInTheProcess))]
public sealed class SubscriberImportMemoryTests
{
    private const int Rows = 20_000;

    // All rows, kept as objects, would be more than three times this; their identifiers are some 2 MB.
    private const long Most = 6L << 20;

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Twenty_thousand_rows_are_imported_without_being_held()
    {
        await using var portal = await PortalHost.StartAsync();
        var sizes = new List<long>();
        await using var csv = new WatchedFile(SubscriberImportTests.Table(Rows), () => sizes.Add(GC.GetTotalMemory(forceFullCollection: true)), every: 1 << 17);
        var report = await portal.Services.GetRequiredService<ImportSubscribers>().ImportAsync(csv, ImportMode.ValidRowsOnly, "test", Cancel);
        Assert.Equal((Rows, Rows, 0), (report.Rows, report.Added, report.Wrong));
        await using var db = await portal.DatabaseAsync();
        Assert.Equal(Rows, await db.Subscribers.CountAsync(Cancel));
        AssertLevel(sizes);

        // The same again as XLSX, which is read in few and large pieces.
        using var file = new MemoryStream();
        await portal.Services.GetRequiredService<ExportSubscribers>().WriteAsync(file, TableFormat.Xlsx, CultureInfo.GetCultureInfo("en"), Cancel);
        sizes.Clear();
        await using var xlsx = new WatchedFile(file.ToArray(), () => sizes.Add(GC.GetTotalMemory(forceFullCollection: true)), every: 1);
        var again = await portal.Services.GetRequiredService<ImportSubscribers>().PreviewAsync(xlsx, Cancel);
        Assert.Equal((Rows, Rows, 0), (again.Rows, again.Unchanged, again.Wrong));
        AssertLevel(sizes);
    }

    private static void AssertLevel(List<long> sizes)
    {
        Assert.True(sizes.Count >= 4, $"{sizes.Count} samples");
        var early = sizes.Take(sizes.Count / 4).Max();
        Assert.InRange(sizes.Max() - early, long.MinValue, Most);
    }
}

/// <summary>A file in memory that tells when it is read on.</summary>
internal sealed class WatchedFile(byte[] bytes, Action onRead, int every = 1) : MemoryStream(bytes, writable: false)
{
    private int since;

    public WatchedFile(string text, Action onRead, int every = 1)
        : this(Encoding.UTF8.GetBytes(text), onRead, every)
    {
    }

    public override int Read(byte[] buffer, int offset, int count) => Told(base.Read(buffer, offset, count));

    public override int Read(Span<byte> buffer) => Told(base.Read(buffer));

    private int Told(int length)
    {
        since += length;
        if (since >= every)
        {
            since = 0;
            onRead();
        }

        return length;
    }
}
