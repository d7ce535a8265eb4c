namespace Rekey.SystemTests.Faults;

/// <summary>What checkers found, said in full.</summary>
internal static class Found
{
    private const int Most = 20;

    public static void Nothing(IEnumerable<string> broken)
    {
        var all = broken.ToList();
        Assert.True(all.Count == 0, string.Join('\n', all.Take(Most).Prepend($"{all.Count} broken:")));
    }
}
