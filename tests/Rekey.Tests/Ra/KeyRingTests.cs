using Microsoft.AspNetCore.DataProtection;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using Rekey.Store;
using Rekey.Testing.Portal;

namespace Rekey.Tests.Ra;

/// <summary>The keys of cookies and forms in the RA's store.</summary>
public sealed class KeyRingTests
{
    [Fact]
    public async Task They_are_sealed_and_open_to_every_process_of_the_RA()
    {
        var cancel = TestContext.Current.CancellationToken;
        var folder = Directory.CreateTempSubdirectory("rekey-keys-");
        try
        {
            var store = StoreOptions.SqliteFile(Path.Combine(folder.FullName, "ra.db"));
            await using var one = await PortalHost.StartAsync(store: store);
            await using var other = await PortalHost.StartAsync(store: store);
            var cookie = Protector(one).Protect("云泽");

            Assert.Equal("云泽", Protector(other).Unprotect(cookie));
            await using var db = await one.DatabaseAsync();
            var stored = await db.DataProtectionKeys.Select(k => k.Xml!).ToListAsync(cancel);
            Assert.NotEmpty(stored);
            Assert.All(stored, xml => Assert.Contains("<sealed ", xml, StringComparison.Ordinal));
            Assert.All(stored, xml => Assert.DoesNotContain("masterKey", xml, StringComparison.Ordinal));
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    private static IDataProtector Protector(PortalHost portal) => portal.Services.GetRequiredService<IDataProtectionProvider>().CreateProtector("test");
}
